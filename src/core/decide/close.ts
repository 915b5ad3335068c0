import type { SessionEvent } from '../model/events.ts';
import type { SessionState } from '../model/state.ts';

export function closeInputs(
  inputs: string[],
  outcome: 'cancelled' | 'failed' | 'expired',
  reason: string,
): SessionEvent[] {
  return inputs.length === 0 ? [] : [{ type: 'input_closed', inputs, outcome, reason }];
}

export function listPendingIds(state: SessionState): string[] {
  return state.pending.map((message) => message.id);
}
