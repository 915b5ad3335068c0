import { expect, it } from 'vitest';
import { foldEvents } from '../../core/evolve.ts';
import type { RecordedEvent, SessionEvent } from '../../core/model/events.ts';
import { createInitialState } from '../../core/model/state.ts';
import { emitAppend } from './journal-events.ts';

const START: SessionEvent[] = [
  { type: 'session_created', agent: 'main' },
  { type: 'turn_started', turn: 1, inputs: [] },
];

const NEXT: SessionEvent[] = [
  { type: 'turn_finished', turn: 1, inputs: [], outcome: 'answered' },
  { type: 'turn_started', turn: 2, inputs: [] },
  { type: 'turn_finished', turn: 2, inputs: [], outcome: 'failed', reason: 'no model' },
];

it('reports each turn with its own number and duration when one append ends it and starts the next', () => {
  const [started, finished] = [record(START, 0), record(NEXT, START.length)];
  const before = foldEvents(started, createInitialState());
  const reported: unknown[] = [];
  emitAppend(
    { session: 's', before, after: foldEvents(finished, before), events: finished },
    (name, fields) => reported.push({ name, ...fields }),
  );
  expect(reported).toMatchObject([
    { name: 'turn:finished', turn: 1, outcome: 'answered', ms: 1_000 },
    { name: 'turn:finished', turn: 2, outcome: 'failed', ms: 1_000 },
  ]);
});

/** Numbers events after `last`, one second apart. */
function record(events: readonly SessionEvent[], last: number): RecordedEvent[] {
  return events.map((event, index) => ({ ...event, seq: last + index + 1, at: 1_000 * (last + index) }));
}
