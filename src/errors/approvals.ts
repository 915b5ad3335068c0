import { takeHead } from '../core/model/text.ts';
import { ExitCode, MidturnError } from './errors.ts';

/** Reports that no question has this id, in the named session or in any session; HTTP 404. */
export class ApprovalNotFoundError extends MidturnError {
  readonly code = 'approval_not_found';
  readonly status = 404;
  constructor(approval: string, session?: string) {
    const where = session === undefined ? 'There is' : `Session "${session}" has`;
    super(`${where} no question "${approval}". \`midturn approvals ls\` lists those that wait.`);
  }
}

/** Reports that there is no grant to revoke: the rule was never granted to the agent in this scope; HTTP 404. */
export class GrantNotFoundError extends MidturnError {
  readonly code = 'grant_not_found';
  readonly status = 404;
  constructor({ agent, session, rule }: { agent: string; session: string | null; rule: string }) {
    const where = session === null ? 'for good' : `in session "${session}"`;
    super(
      `There is no grant of ${rule} to agent "${agent}" ${where}. \`midturn approvals grants\` lists all grants.`,
    );
  }
}

/**
 * Refuses a decision because the question is settled: another decision came first, it expired, or it was superseded.
 * `details` has the state and the name of who decided.
 */
export class ApprovalClosedError extends MidturnError {
  readonly code = 'approval_closed';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  override readonly details: { state: string; from: string | null };
  constructor({ approval, state, from }: { approval: string; state: string; from: string | null }) {
    const who = from === null ? '' : ` by ${from}`;
    const what =
      state === 'pending' ? 'another decision about it was just taken' : `it was ${state}${who} already`;
    super(`The question "${approval}" can no longer be decided: ${what}. Nothing has changed.`);
    this.details = { state, from };
  }
}

/**
 * Returns the error for a decision that the journal refused: the session has no such question, the question is
 * settled, or it has expired.
 */
export function createDecisionError(
  approval: string,
  session: string,
  found: { session: string; state: string; from: string | null } | undefined,
): ApprovalNotFoundError | ApprovalClosedError {
  if (found?.session !== session) return new ApprovalNotFoundError(approval, session);
  const { state, from } = found;
  return new ApprovalClosedError({ approval, state: state === 'pending' ? 'expired' : state, from });
}

/**
 * Refuses a decision by a principal that `agents.<name>.approvals.approvers` does not list; HTTP 403, nothing is
 * stored.
 */
export class NotAnApproverError extends MidturnError {
  readonly code = 'not_an_approver';
  readonly status = 403;
  constructor(from: string | undefined, approvers: readonly string[]) {
    const who = from === undefined ? 'A caller without a name' : `"${from}"`;
    super(
      `${who} may not decide about this agent's calls; ${approvers.join(', ')} may ("agents.<name>.approvals.approvers").`,
    );
  }
}

/**
 * Refuses an elicitation result that does not fit the fields of its question; `details.field` names the first one
 * that is wrong.
 */
export class AnswerRefusedError extends MidturnError {
  readonly code = 'answer_refused';
  readonly status = 422;
  override readonly details: { field: string };
  constructor(approval: string, { field, why }: { field: string; why: string }) {
    super(
      `The answer to question "${approval}" cannot be used: "${takeHead(field, 100)}" ${why}. Nothing was decided; answer again. \`midturn approvals show ${approval}\` shows all fields.`,
    );
    this.details = { field: takeHead(field, 100) };
  }
}

/** Refuses an answer that has more characters than `limit`; HTTP 413, and the question stays open. */
export class AnswerTooLongError extends MidturnError {
  readonly code = 'answer_too_long';
  readonly status = 413;
  constructor(length: number, limit: number) {
    super(`The answer has ${length} characters; ${limit} are the most. Nothing was decided; answer again.`);
  }
}

/**
 * Refuses `content` in a decision that takes none: the question asks only whether a call may run, or it is denied.
 */
export class NoQuestionError extends MidturnError {
  readonly code = 'no_answer_wanted';
  readonly status = 422;
  constructor(approval: string, asks: boolean) {
    const why = asks ? 'a question that is denied has no answer' : 'it asks only whether the call may run';
    super(`"${approval}" takes no "content": ${why}. Nothing was decided; decide again without it.`);
  }
}

/**
 * Refuses `scope` in the answer to a question of a tool, because a scope covers calls and an answer is for one call
 * only.
 */
export class ScopedAnswerError extends MidturnError {
  readonly code = 'answer_has_no_scope';
  readonly status = 422;
  constructor(approval: string) {
    super(
      `"${approval}" is a question of the tool itself: its answer is for this call only. Nothing was decided; answer again without "scope".`,
    );
  }
}
