import type { RecordedEvent } from '../../core/model/events.ts';
import type { ModelCall, ToolCall } from '../../core/model/state.ts';
import type { SessionAppend } from './append.ts';

/** A turn as its spans and records name it. `startedAt` is in milliseconds since the epoch. */
export interface TurnStart {
  number: number;
  startedAt: number;
}

/**
 * Returns the turn that an event of an append belongs to, or `null` when none has started. One append may end a turn
 * and start the next one, so the states around the append do not tell.
 */
export function findTurn({ before, events }: SessionAppend, { seq }: RecordedEvent): TurnStart | null {
  const started = events
    .filter((event) => event.type === 'turn_started')
    .findLast((event) => event.seq <= seq);
  return started ? { number: started.turn, startedAt: started.at } : before.turn;
}

/** Returns a model call of an append; it is in the later state only when it also started in the append. */
export function findModelCall({ before, after }: SessionAppend, step: number): ModelCall | undefined {
  return [before, after].map(({ turn }) => turn?.call).find((call) => call?.step === step) ?? undefined;
}

/** Returns a tool call of an append; one that the append settled may be missing from the later state. */
export function findToolCall({ before, after }: SessionAppend, call: string): ToolCall | undefined {
  return [before, after].flatMap(({ turn }) => turn?.tools ?? []).findLast((each) => each.call === call);
}
