import { describe, expect, it } from 'vitest';
import { foldEvents } from '../../core/evolve.ts';
import type { RecordedEvent, SessionEvent } from '../../core/model/events.ts';
import { createInitialState } from '../../core/model/state.ts';
import { deriveSpans } from './spans.ts';

const BY = { attempt: 1, generation: 1, revision: 1 };

/** A turn with one model call, each event in an append of its own, 10 ms apart. */
const EVENTS: SessionEvent[] = [
  { type: 'session_created', agent: 'main' },
  {
    type: 'input_received',
    input: { kind: 'message', id: 'a', content: [{ type: 'text', text: 'hi' }], mode: 'steer' },
  },
  { type: 'turn_started', turn: 1, inputs: ['a'] },
  { type: 'model_call_started', step: 1, purpose: 'answer', model: 'far/model', ...BY },
  { type: 'model_call_interrupted', step: 1, attempt: 1, cause: 'crash', reason: 'the process ended' },
  { type: 'model_call_started', step: 1, purpose: 'answer', model: 'far/model', ...BY, attempt: 2 },
  {
    type: 'model_call_finished',
    step: 1,
    content: [{ type: 'text', text: 'hello' }],
    finish: 'stop',
    usage: { input: 3, output: 1 },
  },
  { type: 'turn_finished', turn: 1, inputs: ['a'], outcome: 'answered' },
];

/** The turn, and a second one for a message that arrived during it. */
const TWO_TURNS: SessionEvent[] = [
  ...EVENTS,
  { type: 'turn_started', turn: 2, inputs: ['b'] },
  { type: 'model_call_started', step: 2, purpose: 'answer', model: 'far/model', ...BY },
  { type: 'model_call_finished', step: 2, content: [{ type: 'text', text: 'again' }], finish: 'stop' },
  { type: 'turn_finished', turn: 2, inputs: ['b'], outcome: 'answered' },
];

/** Derives the spans of all events, with appends of the given length. */
function spansOf(store: string, length: number, content = false, journal = EVENTS) {
  const events = journal.map((event, index): RecordedEvent => ({ ...event, seq: index + 1, at: 10 * index }));
  let before = createInitialState();
  const spans = [];
  for (let at = 0; at < events.length; at += length) {
    const batch = events.slice(at, at + length);
    const after = foldEvents(batch, before);
    spans.push(...deriveSpans({ session: 's', before, after, events: batch }, { store, content }));
    before = after;
  }
  return spans;
}

describe('the spans of a turn', () => {
  it('form one tree with the times of the journal', () => {
    const [failed, answered, turn] = spansOf('home', 1);
    expect([failed, answered, turn]).toMatchObject([
      { name: 'chat model', start: 30, end: 40, error: 'crash', parentSpanId: turn?.spanId },
      { name: 'chat model', start: 50, end: 60, parentSpanId: turn?.spanId },
      { name: 'invoke_agent main', start: 20, end: 70 },
    ]);
    expect(turn).not.toHaveProperty('parentSpanId');
    expect(failed?.spanId).not.toBe(answered?.spanId);
    expect(answered?.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 3, 'midturn.attempt': 2 });
  });

  it('are the same whatever the appends were, and differ between stores', () => {
    expect(spansOf('home', 4).slice(-1)).toEqual(spansOf('home', 1).slice(-1));
    expect(spansOf('other', 1)[0]?.traceId).not.toBe(spansOf('home', 1)[0]?.traceId);
    expect(spansOf('home', 1)[0]?.traceId).toMatch(/^[\da-f]{32}$/);
    expect(spansOf('home', 1)[0]?.spanId).toMatch(/^[\da-f]{16}$/);
  });

  it.each([3, 4, 5])(
    'belong to their turn in appends of %i events, also where one ends and the next starts',
    (length) => {
      const turns = spansOf('home', length, false, TWO_TURNS).filter(
        ({ name }) => name === 'invoke_agent main',
      );
      expect(turns).toEqual(
        spansOf('home', 1, false, TWO_TURNS).filter(({ name }) => name === 'invoke_agent main'),
      );
      expect(turns).toMatchObject([
        { start: 20, end: 70, attributes: { 'midturn.turn': 1 } },
        { start: 80, end: 110, attributes: { 'midturn.turn': 2 } },
      ]);
      expect(turns[0]?.traceId).not.toBe(turns[1]?.traceId);
    },
  );

  it('contain the answer only when content is wanted', () => {
    expect(JSON.stringify(spansOf('home', 1))).not.toContain('hello');
    expect(JSON.stringify(spansOf('home', 1, true))).toContain('hello');
  });
});
