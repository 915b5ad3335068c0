import type { ModelCallPurpose, RecordedEvent, TokenUsage } from '../model/events.ts';
import type { SessionState } from '../model/state.ts';

/**
 * One ended attempt of a model call, as the usage ledger counts it. It derives from the events alone, so that the
 * ledger of an old journal can be filled from its events.
 */
export interface ModelUse {
  /** When the attempt ended, in milliseconds since the epoch. */
  at: number;
  /** `"provider/model"`. */
  model: string;
  purpose: ModelCallPurpose;
  /** Sender of the message that the work answers; null when it named none. Delegated work counts for its requester. */
  person: string | null;
  /** Schedule that caused the work; null when none did. */
  schedule: string | null;
  /** Whether the attempt ended without a usable result. */
  failed: boolean;
  /** Tokens that the provider reported; null when it reported none, as for a call that died with its process. */
  tokens: TokenUsage | null;
}

/** Returns the model call attempt that an event ends, given the state before it; undefined for other events. */
export function deriveModelUse(before: SessionState, event: RecordedEvent): ModelUse | undefined {
  if (!endsModelCall(event) || !before.turn?.call) return undefined;
  const { call, origin } = before.turn;
  return {
    at: event.at,
    model: call.model,
    purpose: call.piece ? 'compaction' : 'answer',
    person: origin.person ?? null,
    schedule: origin.schedule ?? null,
    failed: event.type === 'model_call_interrupted',
    tokens: event.usage ?? null,
  };
}

type CallEnd = Extract<
  RecordedEvent,
  { type: 'model_call_finished' | 'history_compacted' | 'model_call_interrupted' }
>;

function endsModelCall(event: RecordedEvent): event is CallEnd {
  const { type } = event;
  return type === 'model_call_finished' || type === 'history_compacted' || type === 'model_call_interrupted';
}
