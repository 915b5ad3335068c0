import { createContinueElicitation } from '../history/limit-wording.ts';
import { createTurnCallId, type ReachedLimit } from '../model/budget.ts';
import { type Elicitation, MAX_ELICITATIONS } from '../model/elicitation.ts';
import type { Input, SessionEvent } from '../model/events.ts';
import type { SessionState, ToolCall, Turn } from '../model/state.ts';

/** Returns the events of commands about approvals and elicitations. */

/** The part of the decision context that questions need: time, expiry and idempotency keys. */
interface ApprovalContext {
  now: number;
  /** Milliseconds until an elicitation expires. */
  patience: number;
  key(call: string): string;
}

export function resolveApproval(
  { turn }: SessionState,
  { approval, decision, from, note, scope = 'once', content = {} }: Extract<Input, { kind: 'approval' }>,
): SessionEvent[] {
  const found = listOpenQuestions(turn).find(({ id }) => id === approval);
  if (!found) return [];
  const { call, rule, own } = found;
  const by = { ...(from === undefined ? {} : { from }), ...(note === undefined ? {} : { note }) };
  const resolved = { type: 'approval_resolved', approval, call, ...by } as const;
  if (decision === 'deny') return [{ ...resolved, decision: 'denied' }];
  // The answer to an elicitation grants nothing beyond that question.
  if (own) return [{ ...resolved, decision: 'approved', content }];
  return [{ ...resolved, decision: 'approved', scope, rule }];
}

/** Supersedes the open questions of a call that is settled, interrupted, or started without an answer. */
export function supersedeQuestions({ turn }: SessionState, call: string): SessionEvent[] {
  return resolveSuperseded(listOpenQuestions(turn).filter((open) => open.call === call));
}

/** Withdraws questions of running calls that no longer wait for an answer: all of them, or `only` this one. */
export function withdrawElicitations(
  { turn }: SessionState,
  only?: { call: string; key: string },
): SessionEvent[] {
  const live = listOpenQuestions(turn).filter(({ own, phase }) => own && phase === 'started');
  return resolveSuperseded(
    live.filter(({ call, own }) => !only || (only.call === call && only.key === own?.key)),
  );
}

/** An open question with its call; `own` is the elicitation, or null for an approval. */
interface OpenQuestion {
  id: string;
  call: string;
  phase: ToolCall['phase'];
  rule: string;
  own: Elicitation | null;
}

function listOpenQuestions(turn: Turn | null): OpenQuestion[] {
  if (!turn) return [];
  const { number, tools, budget } = turn;
  const continues: OpenQuestion | null = budget.question && {
    ...{ id: budget.question.id, call: createTurnCallId(number), phase: 'due', rule: '' },
    own: budget.question.inquiry,
  };
  const inCalls = tools.flatMap(({ call, phase, approval, questions }) => {
    const asked = questions.map((each) => ({ ...each, own: each.inquiry }));
    const all = [...(approval ? [{ ...approval, own: null }] : []), ...asked];
    const open = all.filter(({ decision }) => decision === null);
    return open.map(({ id, rule, own }) => ({ id, call, phase, rule, own }));
  });
  return continues ? [...inCalls, continues] : inCalls;
}

function resolveSuperseded(open: readonly OpenQuestion[]): SessionEvent[] {
  return open.map(({ id, call }) => ({
    type: 'approval_resolved',
    approval: id,
    call,
    decision: 'superseded',
  }));
}

/** Returns the event of a question by a running call; none when the call has ended or has asked its maximum. */
export function requestElicitation(
  state: SessionState,
  call: string,
  inquiry: Elicitation,
  context: ApprovalContext,
): SessionEvent[] {
  const tool = state.turn?.tools.find((each) => each.call === call);
  if (tool?.phase !== 'started' || tool.questions.length >= MAX_ELICITATIONS) return [];
  return [createElicitationRequest(tool, inquiry, 1, context)];
}

/** Returns the event of the `nth` question, from 1, that the call asks at the same time. */
export function createElicitationRequest(
  { call, questions }: ToolCall,
  inquiry: Elicitation,
  nth: number,
  { now, patience, key }: ApprovalContext,
): SessionEvent {
  const approval = `${shortenKey(key(call))}q${questions.length + nth}`;
  return { type: 'approval_requested', approval, call, rule: '', expiresAt: now + patience, inquiry };
}

/** Returns the event that asks whether the turn may continue at a limit; each such question has its own id. */
export function requestContinuation(
  turn: Turn,
  reached: ReachedLimit,
  { now, patience, key }: ApprovalContext,
): SessionEvent {
  const call = createTurnCallId(turn.number);
  const approval = `${shortenKey(key(call))}c${turn.budget.asked + 1}`;
  const inquiry = createContinueElicitation(reached);
  return {
    type: 'approval_requested',
    approval,
    call,
    rule: '',
    expiresAt: now + patience,
    inquiry,
    reached,
  };
}

function shortenKey(key: string): string {
  return key.replaceAll(/[-_]/g, '').slice(0, 12);
}

/**
 * Returns the id of a new approval, short enough to type and never mistaken for a command-line option. A call may need
 * another approval, with another id, after an interruption or when its destination has moved.
 */
export function createApprovalId({ turn }: SessionState, call: string, { key }: ApprovalContext): string {
  const tool = turn?.tools.find((each) => each.call === call);
  if (tool?.approval) return `${tool.approval.id}n`;
  return `${shortenKey(key(call))}${tool?.attempt || ''}`;
}
