import { validateElicitation } from '../core/approvals/elicitation-result.ts';
import type { Input } from '../core/model/events.ts';
import {
  AnswerRefusedError,
  AnswerTooLongError,
  NoQuestionError,
  ScopedAnswerError,
} from '../errors/approvals.ts';
import type { ApprovalQuery, ApprovalRow, Approvals } from '../journal/approvals.ts';
import type { Inbox, InboxEntry } from '../journal/inbox.ts';
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

type DecisionInput = Extract<Input, { kind: 'approval' }>;

/**
 * Lists approvals with every decision that is on disk: a decision counts from its receipt, even while the session
 * has not recorded it yet.
 */
export async function listDecidedApprovals(
  journal: Approvals & Inbox,
  query: ApprovalQuery,
): Promise<ApprovalRow[]> {
  const rows = await readDecided(journal, () => journal.listApprovals(query));
  return rows.filter(({ state }) => query.state === undefined || state === query.state);
}

/** Resolves with one approval, with a decision that is on disk; undefined when there is no such approval. */
export async function findDecidedApproval(
  journal: Approvals & Inbox,
  id: string,
): Promise<ApprovalRow | undefined> {
  const rows = await readDecided(journal, async () =>
    [await journal.findApproval(id)].flatMap((row) => row ?? []),
  );
  return rows[0];
}

/** Reads the rows again after the inboxes, because an append may move a decision from an inbox to its row meanwhile. */
async function readDecided(journal: Inbox, readRows: () => Promise<ApprovalRow[]>): Promise<ApprovalRow[]> {
  const rows = await readRows();
  const sessions = new Set(rows.flatMap(({ state, session }) => (state === 'pending' ? [session] : [])));
  if (sessions.size === 0) return rows;
  const inboxes = await Promise.all([...sessions].map((session) => journal.readInbox(session)));
  const decisions = new Map(inboxes.flatMap(listDecisions));
  return (await readRows()).map((row) => applyDecision(row, decisions.get(row.approval)));
}

/** Lists unread decisions by approval. A cancel before them withdraws the questions, so they have no effect. */
function listDecisions(inbox: readonly InboxEntry[]): [string, InboxEntry & { input: DecisionInput }][] {
  const cancel = inbox.findIndex(({ input }) => input.kind === 'cancel');
  return inbox
    .slice(0, cancel < 0 ? inbox.length : cancel)
    .flatMap((each) =>
      each.input.kind === 'approval' ? [[each.input.approval, { ...each, input: each.input }]] : [],
    );
}

function applyDecision(
  row: ApprovalRow,
  stored: (InboxEntry & { input: DecisionInput }) | undefined,
): ApprovalRow {
  if (row.state !== 'pending' || !stored) return row;
  const { decision, from = null, note = null, content = {} } = stored.input;
  const approved = decision === 'approve';
  return {
    ...row,
    ...{ state: approved ? 'approved' : 'denied', resolvedAt: stored.at, from, note },
    content: approved && row.inquiry ? content : null,
  };
}
