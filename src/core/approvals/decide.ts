import { continueInquiry } from '../history/limit-wording.ts';
import { type ReachedLimit, turnCall } from '../model/budget.ts';
import { type Inquiry, MOST_QUESTIONS } from '../model/elicitation.ts';
import type { Input, SessionEvent } from '../model/events.ts';
import type { SessionState, ToolCall, Turn } from '../model/state.ts';

/** Returns the events of commands about approvals and elicitations. */

/** The part of the decision context that questions need: time, expiry and idempotency keys. */
interface Surroundings {
  now: number;
  /** Milliseconds until an elicitation expires. */
  patience: number;
  key(call: string): string;
}

export function resolveApproval(
  { turn }: SessionState,
  { approval, decision, from, note, scope = 'once', content = {} }: Extract<Input, { kind: 'approval' }>,
): SessionEvent[] {
  const found = openIn(turn).find(({ id }) => id === approval);
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
export function supersede({ turn }: SessionState, call: string): SessionEvent[] {
  return superseded(openIn(turn).filter((open) => open.call === call));
}

/** Withdraws questions of running calls that no longer wait for an answer: all of them, or `only` this one. */
export function withdraw({ turn }: SessionState, only?: { call: string; key: string }): SessionEvent[] {
  const live = openIn(turn).filter(({ own, phase }) => own && phase === 'started');
  return superseded(live.filter(({ call, own }) => !only || (only.call === call && only.key === own?.key)));
}

/** An open question with its call; `own` is the elicitation, or null for an approval. */
interface Open {
  id: string;
  call: string;
  phase: ToolCall['phase'];
  rule: string;
  own: Inquiry | null;
}

function openIn(turn: Turn | null): Open[] {
  if (!turn) return [];
  const { number, tools, budget } = turn;
  const continues: Open | null = budget.question && {
    ...{ id: budget.question.id, call: turnCall(number), phase: 'due', rule: '' },
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

function superseded(open: readonly Open[]): SessionEvent[] {
  return open.map(({ id, call }) => ({
    type: 'approval_resolved',
    approval: id,
    call,
    decision: 'superseded',
  }));
}

/** Returns the event of a question by a running call; none when the call has ended or has asked its maximum. */
export function ask(
  state: SessionState,
  call: string,
  inquiry: Inquiry,
  context: Surroundings,
): SessionEvent[] {
  const tool = state.turn?.tools.find((each) => each.call === call);
  if (tool?.phase !== 'started' || tool.questions.length >= MOST_QUESTIONS) return [];
  return [requested(tool, inquiry, 1, context)];
}

/** Returns the event of the `nth` question, from 1, that the call asks at the same time. */
export function requested(
  { call, questions }: ToolCall,
  inquiry: Inquiry,
  nth: number,
  { now, patience, key }: Surroundings,
): SessionEvent {
  const approval = `${shortKey(key(call))}q${questions.length + nth}`;
  return { type: 'approval_requested', approval, call, rule: '', expiresAt: now + patience, inquiry };
}

/** Returns the event that asks whether the turn may continue at a limit; each such question has its own id. */
export function askToContinue(
  turn: Turn,
  reached: ReachedLimit,
  { now, patience, key }: Surroundings,
): SessionEvent {
  const call = turnCall(turn.number);
  const approval = `${shortKey(key(call))}c${turn.budget.asked + 1}`;
  const inquiry = continueInquiry(reached);
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

function shortKey(key: string): string {
  return key.replaceAll(/[-_]/g, '').slice(0, 12);
}

/**
 * Returns the id of a new approval, short enough to type and never mistaken for a command-line option. A call may need
 * another approval, with another id, after an interruption or when its destination has moved.
 */
export function approvalId({ turn }: SessionState, call: string, { key }: Surroundings): string {
  const tool = turn?.tools.find((each) => each.call === call);
  if (tool?.approval) return `${tool.approval.id}n`;
  return `${shortKey(key(call))}${tool?.attempt || ''}`;
}
