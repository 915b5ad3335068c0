import { type ApprovalRecord, approvalRecord } from './approvals/records.ts';
import { decide } from './decide/decide.ts';
import { assignment, type OutgoingInput, outgoing } from './delegation/outgoing.ts';
import { askAbove, passOn } from './delegation/questions.ts';
import { evolve } from './evolve.ts';
import type { Command, Context } from './model/command.ts';
import type { Recorded, SessionEvent } from './model/events.ts';
import type { Step } from './model/next-action.ts';
import { runningModelCall, runningToolCall } from './model/next-action.ts';
import type { SessionState } from './model/state.ts';
import { next } from './next.ts';

/** Actions on the world (model, tools), which the engine performs after their events are durable. */
export type WorldStep = Extract<Step, { kind: 'call_model' | 'run_tool' | 'abort' }>;

export interface Advance {
  /** The events to append in one transaction; may be empty. */
  events: Recorded[];
  state: SessionState;
  /** Inputs for other sessions, stored in the same transaction as the events. */
  send: OutgoingInput[];
  /** Approvals and elicitations that are new or changed. */
  approvals: ApprovalRecord[];
  perform: WorldStep[];
  /** When to advance again without a command, in milliseconds since the epoch; null for never. */
  wakeAt: number | null;
}

/**
 * Applies the commands and everything that follows from them, up to the next actions on the world. The result of a step
 * and the start of the next one form one batch, so a turn of n steps costs n commits. `admit` may hold back actions
 * that start a step (no free slot, draining); call again when that changes.
 */
export function advance(
  before: SessionState,
  commands: readonly Command[],
  context: Context,
  admit: (step: Step) => boolean = () => true,
): Advance {
  let state = before;
  const running = new Set(context.running);
  const now: Context = { ...context, running };
  const result: Advance = { events: [], state, send: [], approvals: [], perform: [], wakeAt: null };

  const record = (events: readonly SessionEvent[]) => {
    for (const event of events) {
      const recorded: Recorded = { ...event, seq: state.seq + 1, at: context.now };
      result.events.push(recorded);
      const before = state;
      state = evolve(before, recorded);
      result.send.push(...outgoing(before, recorded), ...passOn(before, recorded));
      const question = approvalRecord(before, state, recorded);
      if (!question) continue;
      result.approvals.push(question);
      result.send.push(...askAbove(before, question, context.session));
    }
  };
  const begin = (step: Step): void => {
    if (step.kind === 'call_model') running.add(runningModelCall(step.step));
    if (step.kind === 'run_tool' && !step.delegate) running.add(runningToolCall(step.call));
    if (step.kind === 'run_tool' && step.delegate) {
      const { session } = context;
      const from = { session, agent: state.agent, call: step.call, key: context.key(step.call) };
      result.send.push(assignment(state, step.delegate, from));
    } else if (step.kind === 'call_model' || step.kind === 'run_tool') result.perform.push(step);
  };
  const take = (step: Step): boolean => {
    if (step.kind === 'wait') result.wakeAt = Math.min(step.until, result.wakeAt ?? step.until);
    if (step.kind === 'abort') result.perform.push(step);
    if (step.kind === 'wait' || step.kind === 'abort' || !admit(step)) return false;
    record(decide(state, { type: 'begin', step }, now));
    begin(step);
    return true;
  };

  for (const command of commands) record(decide(state, command, now));
  for (let more = true; more; ) {
    result.wakeAt = null;
    result.perform = result.perform.filter((step) => step.kind !== 'abort');
    more = next(state, now).map(take).some(Boolean);
  }
  return { ...result, state };
}
