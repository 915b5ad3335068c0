import type { RecordedEvent } from '../../core/model/events.ts';
import type { EmitEvent } from '../events/catalogue.ts';
import type { SessionAppend } from './append.ts';
import { findModelCall, findToolCall, findTurn } from './calls.ts';

/** Characters of a reason that the log keeps; the journal has the whole text. */
const MAX_REASON_LENGTH = 500;

/** Finish reasons of model calls that this release knows; any other one is reported, and the answer counts as complete. */
const KNOWN_FINISHES: ReadonlySet<string> = new Set(['stop', 'length', 'content-filter', 'tool-calls']);

/** Reports the runtime events of an append; many types of journal events have none. */
export function emitAppend(append: SessionAppend, emit: EmitEvent): void {
  for (const event of append.events) emitJournalEvent(event, append, emit);
}

function emitJournalEvent(event: RecordedEvent, append: SessionAppend, emit: EmitEvent): void {
  const turn = findTurn(append, event);
  const ids = { session: append.session, turn: turn?.number ?? append.after.turns };
  switch (event.type) {
    case 'turn_finished': {
      const { agent } = append.after;
      const ms = turn && { ms: event.at - turn.startedAt };
      emit('turn:finished', { ...ids, agent, outcome: event.outcome, ...shortReasonOf(event), ...ms });
      return;
    }
    case 'turn_limit_reached':
      emit('turn:limit', { ...ids, ...event.reached });
      return;
    case 'model_call_finished':
    case 'history_compacted':
    case 'model_call_interrupted':
      emitModelEvent(event, append, emit);
      return;
    case 'tool_call_finished':
      emit('tool:finished', { ...ids, ...describeCall(event, append) });
      return;
    case 'tool_call_refused':
      emit('tool:refused', { ...ids, ...describeCall(event, append), ...shortReasonOf(event) });
      return;
    case 'tool_call_outcome_unknown':
      emit('tool:unknown', { ...ids, ...describeCall(event, append), ...shortReasonOf(event) });
      return;
    case 'approval_requested':
      emit('approval:requested', {
        ...ids,
        ...{ approval: event.approval, ...describeCall(event, append), rule: event.rule },
      });
      return;
    case 'approval_resolved': {
      const by = event.from === undefined ? {} : { by: event.from };
      const { approval, call, decision } = event;
      emit('approval:resolved', { ...ids, approval, call, decision, ...by });
      return;
    }
    case 'session_handed_over':
      emit('session:taken_over', { ...ids, from: event.from });
      return;
    case 'session_quarantined':
      emit('session:quarantined', { ...ids, ...shortReasonOf(event) });
      return;
    default:
      return;
  }
}

type ModelEvent = Extract<
  RecordedEvent,
  { type: 'model_call_finished' | 'history_compacted' | 'model_call_interrupted' }
>;

function emitModelEvent(event: ModelEvent, append: SessionAppend, emit: EmitEvent): void {
  const turn = findTurn(append, event)?.number ?? append.after.turns;
  const ids = { session: append.session, turn, step: event.step };
  const call = findModelCall(append, event.step);
  if (event.type === 'model_call_interrupted') {
    const model = call && { model: call.model };
    emit('model:interrupted', { ...ids, ...model, cause: event.cause, ...shortReasonOf(event) });
    return;
  }
  const finish = event.type === 'model_call_finished' ? event.finish : 'stop';
  if (!KNOWN_FINISHES.has(finish)) emit('model:unknown_finish', { ...ids, finish });
  emit('model:finished', {
    ...ids,
    model: call?.model ?? '',
    purpose: event.type === 'model_call_finished' ? 'answer' : 'compaction',
    finish,
    ...(event.usage && { usage: event.usage }),
    ...(call && { ms: event.at - call.startedAt }),
  });
}

function describeCall({ call, at }: { call: string; at: number }, append: SessionAppend) {
  const found = findToolCall(append, call);
  if (!found) return { call };
  const ms = found.startedAt > 0 ? { ms: at - found.startedAt } : {};
  return { call, tool: found.part.toolName, ...ms };
}

function shortReasonOf({ reason }: { reason?: string | undefined }): { reason?: string } {
  return reason === undefined ? {} : { reason: reason.slice(0, MAX_REASON_LENGTH).toWellFormed() };
}
