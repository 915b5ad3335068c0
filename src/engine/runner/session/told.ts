import type { RecordedEvent } from '../../../core/model/events.ts';
import type { SessionState } from '../../../core/model/state.ts';
import type { RunnerEvent } from '../../port/ports.ts';

/** Characters of a reason that the log keeps. */
const MAX_REASON_LENGTH = 500;

/** Finish reasons of model calls that this release knows. */
const KNOWN_FINISHES: ReadonlySet<string> = new Set(['stop', 'length', 'content-filter', 'tool-calls']);

export type LoggedEvent = [event: RunnerEvent, about: Record<string, unknown>];

/**
 * Returns the log event for a journal event, or null for the many types that are not logged. `states` are the
 * session's states before and after the append, because a call that the append settled is missing from the
 * later one.
 */
export function describeEvent(event: RecordedEvent, states: readonly SessionState[]): LoggedEvent | null {
  switch (event.type) {
    case 'turn_finished':
      return ['turn:finished', { outcome: event.outcome, ...unknownReasonOf(event) }];
    case 'turn_limit_reached':
      return ['turn:limit', { ...event.reached }];
    case 'tool_call_finished':
      return ['tool:finished', { ...describeCall(event, states) }];
    case 'tool_call_refused':
      return ['tool:refused', { ...describeCall(event, states), ...unknownReasonOf(event) }];
    case 'tool_call_outcome_unknown':
      return ['tool:unknown', { ...describeCall(event, states), ...unknownReasonOf(event) }];
    case 'approval_requested':
      return [
        'approval:requested',
        { approval: event.approval, ...describeCall(event, states), rule: event.rule },
      ];
    case 'approval_resolved':
      return [
        'approval:resolved',
        { approval: event.approval, call: event.call, decision: event.decision, by: event.from },
      ];
    case 'model_call_interrupted':
      return ['model:interrupted', { step: event.step, cause: event.cause, ...unknownReasonOf(event) }];
    case 'model_call_finished':
      if (KNOWN_FINISHES.has(event.finish)) return null;
      return ['model:unknown_finish', { step: event.step, finish: event.finish }];
    case 'session_handed_over':
      return ['session:taken_over', { from: event.from }];
    case 'session_quarantined':
      return ['session:quarantined', unknownReasonOf(event)];
    default:
      return null;
  }
}

function describeCall({ call, at }: { call: string; at: number }, states: readonly SessionState[]) {
  const found = states.flatMap(({ turn }) => turn?.tools ?? []).findLast((each) => each.call === call);
  if (!found) return { call };
  const ms = found.startedAt > 0 ? { ms: at - found.startedAt } : {};
  return { call, tool: found.part.toolName, ...ms };
}

function unknownReasonOf({ reason }: { reason?: string | undefined }): { reason?: string } {
  return reason === undefined ? {} : { reason: reason.slice(0, MAX_REASON_LENGTH).toWellFormed() };
}
