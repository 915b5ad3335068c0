import type { Recorded } from '../../core/model/events.ts';
import type { SessionState } from '../../core/model/state.ts';
import type { RunnerEvent } from '../port/ports.ts';

/** Characters of a reason that the log keeps. */
const REASON = 500;

/** Finish reasons of model calls that this release knows. */
const KNOWN_FINISHES: ReadonlySet<string> = new Set(['stop', 'length', 'content-filter', 'tool-calls']);

export type Told = [event: RunnerEvent, about: Record<string, unknown>];

/**
 * Returns the log event for a journal event, or null for the many types that are not logged. `states` are the
 * session's states before and after the append, because a call that the append settled is missing from the
 * later one.
 */
export function toldOf(event: Recorded, states: readonly SessionState[]): Told | null {
  switch (event.type) {
    case 'turn_finished':
      return ['turn:finished', { outcome: event.outcome, ...reasonOf(event) }];
    case 'turn_limit_reached':
      return ['turn:limit', { ...event.reached }];
    case 'tool_call_finished':
      return ['tool:finished', { ...callOf(event, states) }];
    case 'tool_call_refused':
      return ['tool:refused', { ...callOf(event, states), ...reasonOf(event) }];
    case 'tool_call_outcome_unknown':
      return ['tool:unknown', { ...callOf(event, states), ...reasonOf(event) }];
    case 'approval_requested':
      return ['approval:requested', { approval: event.approval, ...callOf(event, states), rule: event.rule }];
    case 'approval_resolved':
      return [
        'approval:resolved',
        { approval: event.approval, call: event.call, decision: event.decision, by: event.from },
      ];
    case 'model_call_interrupted':
      return ['model:interrupted', { step: event.step, cause: event.cause, ...reasonOf(event) }];
    case 'model_call_finished':
      if (KNOWN_FINISHES.has(event.finish)) return null;
      return ['model:unknown_finish', { step: event.step, finish: event.finish }];
    case 'session_handed_over':
      return ['session:taken_over', { from: event.from }];
    case 'session_quarantined':
      return ['session:quarantined', reasonOf(event)];
    default:
      return null;
  }
}

function callOf({ call, at }: { call: string; at: number }, states: readonly SessionState[]) {
  const found = states.flatMap(({ turn }) => turn?.tools ?? []).findLast((each) => each.call === call);
  if (!found) return { call };
  const ms = found.startedAt > 0 ? { ms: at - found.startedAt } : {};
  return { call, tool: found.part.toolName, ...ms };
}

function reasonOf({ reason }: { reason?: string | undefined }): { reason?: string } {
  return reason === undefined ? {} : { reason: reason.slice(0, REASON).toWellFormed() };
}
