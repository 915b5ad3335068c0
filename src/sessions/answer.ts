import { validateElicitation } from '../core/approvals/elicitation-result.ts';
import {
  AnswerRefusedError,
  AnswerTooLongError,
  NoQuestionError,
  ScopedAnswerError,
} from '../errors/approvals.ts';
import type { ApprovalRow } from '../journal/approvals.ts';
import type { NewDecision } from './sessions.ts';

/** Longest answer to an elicitation, in characters of JSON, because the journal stores it. */
const MAX_ANSWER_LENGTH = 65_536;

/**
 * Checks a decision and returns what is stored of it: for an elicitation, with an answer that the tool can
 * use. Throws AnswerRefusedError, AnswerTooLongError, NoQuestionError or ScopedAnswerError; the question then
 * stays open.
 */
export function checkDecision({ approval, inquiry }: ApprovalRow, decision: NewDecision): NewDecision {
  const { content, ...plain } = decision;
  if (!inquiry || decision.decision === 'deny') {
    if (content !== undefined) throw new NoQuestionError(approval, inquiry !== null);
    return plain;
  }
  if (decision.scope !== undefined && decision.scope !== 'once') throw new ScopedAnswerError(approval);
  const length = JSON.stringify(content ?? {}).length;
  if (length > MAX_ANSWER_LENGTH) throw new AnswerTooLongError(length, MAX_ANSWER_LENGTH);
  const answer = validateElicitation(inquiry, content ?? {});
  if ('fault' in answer) throw new AnswerRefusedError(approval, answer.fault);
  return { ...plain, ...answer };
}
