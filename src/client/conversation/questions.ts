import { CONTINUE_TURN } from '../../core/model/budget.ts';
import type { ApprovalBody, QuestionBody } from '../../protocol/approvals.ts';
import { addEntry, type Conversation, findEntry, listOpenQuestions, replaceEntry } from './conversation.ts';
import type { QuestionEntry } from './entries.ts';
import type { WireEventOf } from './item.ts';

/** Adds a question of the followed session. */
export function openQuestion(view: Conversation, event: WireEventOf<'approval_requested'>): Conversation {
  const { at, approval, call, rule, inquiry = null, reached } = event;
  const known = findEntry(view, 'call', call);
  const input = known && 'input' in known ? { input: known.input } : {};
  const about = reached
    ? { tool: CONTINUE_TURN, input: reached, limit: reached.limit }
    : { tool: known?.tool ?? null, ...input };
  return addQuestion(view, { ...createQuestion(approval, at), call, rule, inquiry, ...about });
}

/** Takes over what a session that works for this one reports: its question, or how that was settled. */
export function relayQuestion(
  view: Conversation,
  { call, question }: { call: string; question: QuestionBody },
  at: number,
): Conversation {
  const { approval, session, tool, input, rule, inquiry = null, state, from, note } = question;
  if (state !== 'pending') return resolveQuestion(view, { approval, decision: state, from, note, at });
  const isLate = typeof findEntry(view, 'call', call)?.endedAt === 'number';
  if (isLate) return view;
  return addQuestion(view, { ...createQuestion(approval, at), session, call, tool, input, rule, inquiry });
}

/** Adds a question that was open when the session was joined. */
export function addListedQuestion(view: Conversation, body: ApprovalBody): Conversation {
  return addQuestion(view, listedQuestion(body, view.session));
}

/** Returns the entry of an open question, from the daemon's record of it; `own` is the followed session. */
export function listedQuestion(body: ApprovalBody, own: string): QuestionEntry {
  const { approval, requestedAt, session, call, tool, input, rule, inquiry } = body;
  const whose = session === own ? { call } : { session };
  const limit = tool === CONTINUE_TURN && inquiry ? { limit: inquiry.key } : {};
  return { ...createQuestion(approval, requestedAt), ...whose, tool, input, rule, inquiry, ...limit };
}

interface Resolution {
  approval: string;
  decision: Exclude<QuestionEntry['state'], 'open'>;
  at: number;
  from?: string | null | undefined;
  note?: string | null | undefined;
  scope?: QuestionEntry['scope'] | undefined;
}

/** Closes a question; one that was not seen is added as closed, and one that is closed stays as it is. */
export function resolveQuestion(view: Conversation, resolution: Resolution): Conversation {
  const { approval, decision, at, from = null, note = null, scope = null } = resolution;
  const known = findEntry(view, 'question', approval);
  const closed = { state: decision, from, note, scope };
  if (!known) return addEntry(view, { ...createQuestion(approval, at), ...closed });
  return known.state === 'open' ? replaceEntry(view, { ...known, ...closed }) : view;
}

/**
 * Closes the questions of other sessions that a call waited for, or that any call did, because they no longer need an
 * answer once the call, or the turn, has ended.
 */
export function closeRelayed(view: Conversation, at: number, call?: string): Conversation {
  const over = listOpenQuestions(view).filter(
    (each) => each.session !== null && (call === undefined || each.call === call),
  );
  return over.reduce(
    (before, { approval }) => resolveQuestion(before, { approval, decision: 'superseded', at }),
    view,
  );
}

/** Adds a question, unless the conversation already has it. */
function addQuestion(view: Conversation, question: QuestionEntry): Conversation {
  return findEntry(view, 'question', question.approval) ? view : addEntry(view, question);
}

function createQuestion(approval: string, at: number): QuestionEntry {
  const unknown = { session: null, call: null, tool: null, rule: '', inquiry: null };
  const open = { state: 'open', from: null, note: null, scope: null } as const;
  return { kind: 'question', key: `question:${approval}`, at, approval, ...unknown, ...open };
}
