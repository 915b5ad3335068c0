import { type ApprovalGrant, deriveGrant } from './approvals/grants.ts';
import { type ApprovalRecord, deriveApprovalRecord } from './approvals/records.ts';
import { decideEvents } from './decide/decide.ts';
import { createAssignment, deriveOutgoingInputs, type OutgoingInput } from './delegation/outgoing.ts';
import { relayDescendantQuestion, relayOwnQuestion } from './delegation/questions.ts';
import { applyEvent } from './evolve.ts';
import type { Command, DecisionContext } from './model/command.ts';
import type { RecordedEvent, SessionEvent } from './model/events.ts';
import type { NextAction } from './model/next-action.ts';
import type { SessionState } from './model/state.ts';
import { planNextActions } from './next.ts';
import { listRunningSteps, toRunningStep } from './steps/running-steps.ts';
import { deriveModelUse, type ModelUse } from './usage/usage.ts';

/** Actions on the world (model, tools), which the engine performs after their events are durable. */
export type ExternalAction = Extract<NextAction, { kind: 'call_model' | 'run_tool' | 'abort' }>;

export interface AdvanceResult {
  /** The events to append in one transaction; may be empty. */
  events: RecordedEvent[];
  state: SessionState;
  /** Inputs for other sessions, stored in the same transaction as the events. */
  send: OutgoingInput[];
  /** Approvals and elicitations that are new or changed. */
  approvals: ApprovalRecord[];
  /** Grants that were given with approvals. */
  grants: ApprovalGrant[];
  /** Attempts of model calls that ended, for the usage ledger. */
  usage: ModelUse[];
  perform: ExternalAction[];
  /** When to advance again without a command, in milliseconds since the epoch; null for never. */
  wakeAt: number | null;
}

/**
 * Applies the commands and everything that follows from them, up to the next actions on the world. The result of a step
 * and the start of the next one form one batch, so a turn of n steps costs n commits. `admit` may hold back actions
 * that start a step (no free slot, draining); call again when that changes.
 */
export function advanceSession(
  before: SessionState,
  commands: readonly Command[],
  context: DecisionContext,
  admit: (step: NextAction) => boolean = () => true,
): AdvanceResult {
  let state = before;
  const running = listRunningSteps(context.running.list().map(({ step }) => step));
  const now: DecisionContext = { ...context, running };
  const result: AdvanceResult = {
    ...{ events: [], state, send: [], approvals: [], grants: [], usage: [] },
    ...{ perform: [], wakeAt: null },
  };

  const record = (events: readonly SessionEvent[]) => {
    for (const event of events) {
      const recorded: RecordedEvent = { ...event, seq: state.seq + 1, at: context.now };
      result.events.push(recorded);
      const before = state;
      state = applyEvent(before, recorded);
      result.send.push(
        ...deriveOutgoingInputs(before, recorded),
        ...relayDescendantQuestion(before, recorded),
      );
      const use = deriveModelUse(before, recorded);
      if (use) result.usage.push(use);
      const grant = deriveGrant(recorded, { session: context.session, agent: state.agent });
      if (grant) result.grants.push(grant);
      const question = deriveApprovalRecord(before, state, recorded);
      if (!question) continue;
      result.approvals.push(question);
      result.send.push(...relayOwnQuestion(before, question, context.session));
    }
  };
  const begin = (step: NextAction): void => {
    if (step.kind === 'run_tool' && step.delegate) {
      const { session } = context;
      const from = { session, agent: state.agent, call: step.call, key: context.key(step.call) };
      result.send.push(createAssignment(state, step.delegate, from));
    } else if (step.kind === 'call_model' || step.kind === 'run_tool') {
      running.set(toRunningStep(step), null);
      result.perform.push(step);
    }
  };
  const take = (step: NextAction): boolean => {
    if (step.kind === 'wait') result.wakeAt = Math.min(step.until, result.wakeAt ?? step.until);
    if (step.kind === 'abort') result.perform.push(step);
    if (step.kind === 'wait' || step.kind === 'abort' || !admit(step)) return false;
    record(decideEvents(state, { type: 'begin', step }, now));
    begin(step);
    return true;
  };

  for (const command of commands) record(decideEvents(state, command, now));
  for (let more = true; more; ) {
    result.wakeAt = null;
    result.perform = result.perform.filter((step) => step.kind !== 'abort');
    more = planNextActions(state, now).map(take).some(Boolean);
  }
  return { ...result, state };
}
