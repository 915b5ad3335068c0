import { describe, expect, it } from 'vitest';
import { EVENT_VERSION, upcastEvent } from './versions.ts';

describe('compactions of the first release', () => {
  it('[B8] always start at the oldest message; one in flight starts again', () => {
    const call = { step: 3, purpose: 'compaction', model: 'a/b', attempt: 1, generation: 1, revision: 1 };
    expect(upcastEvent({ type: 'model_call_started', v: 1, body: call })).toMatchObject({
      piece: { from: 0, count: 0 },
    });
    const answer = { ...call, purpose: 'answer' };
    expect(upcastEvent({ type: 'model_call_started', v: 1, body: answer })).not.toHaveProperty('piece');
    const body = { step: 3, summary: 'so far', dropped: 2 };
    expect(upcastEvent({ type: 'history_compacted', v: 1, body })).toMatchObject({ from: 0, dropped: 2 });
  });
});

describe('reading a stored event', () => {
  const body = { agent: 'main' };
  const newer = { ...EVENT_VERSION, session_created: 3 };

  it('returns a current event unchanged', () => {
    expect(upcastEvent({ type: 'session_created', v: 1, body })).toEqual({
      type: 'session_created',
      agent: 'main',
    });
  });

  it('converts an old event through every later version', () => {
    const upcasts = {
      session_created: {
        1: (old: object) => ({ ...old, second: true }),
        2: (old: object) => ({ ...old, third: 'second' in old }),
      },
    };
    expect(upcastEvent({ type: 'session_created', v: 1, body }, upcasts, newer)).toEqual({
      type: 'session_created',
      agent: 'main',
      second: true,
      third: true,
    });
  });

  it.each<[string, number, object]>([
    ['input_received', 2, { input: { kind: 'approval', id: 'd', approval: 'q', decision: 'deny' } }],
    ['approval_requested', 1, { approval: 'q', call: '1.1', rule: 'shell', expiresAt: 9 }],
    ['approval_resolved', 1, { approval: 'q', call: '1.1', decision: 'denied' }],
  ])('reads %s of version %i, which knew no questions of tools', (type, v, stored) => {
    expect(upcastEvent({ type, v, body: stored })).toEqual({ type, ...stored });
  });

  it('fills in the fields that first versions did not have', () => {
    const input = { kind: 'message', id: 'a', text: 'hi', mode: 'steer' };
    const { text, ...rest } = input;
    const current = { ...rest, content: [{ type: 'text', text }] };
    expect(upcastEvent({ type: 'input_received', v: 1, body: { input } })).toEqual({
      type: 'input_received',
      input: current,
    });
    expect(upcastEvent({ type: 'input_received', v: 2, body: { input } })).toMatchObject({ input: current });
    expect(upcastEvent({ type: 'tool_call_outcome_unknown', v: 1, body: { call: '1.1' } })).toMatchObject({
      call: '1.1',
    });
    expect(upcastEvent({ type: 'tool_call_started', v: 1, body: { call: '1.1' } })).toMatchObject({
      call: '1.1',
    });
    const told = { cause: 'restart', reason: '', keys: [], tell: false };
    expect(upcastEvent({ type: 'session_handed_over', v: 1, body: { from: 1, to: 2 } })).toMatchObject({
      to: 2,
      ...told,
    });
    expect(upcastEvent({ type: 'session_handed_over', v: 1, body: { from: 1 } })).toMatchObject({
      to: 0,
      ...told,
    });
  });

  it.each([
    [
      'an unknown type',
      { type: 'moon_landed', v: 1, body },
      'the event type "moon_landed" is unknown to this release',
    ],
    [
      'a name that every object has',
      { type: 'toString', v: 1, body },
      'the event type "toString" is unknown to this release',
    ],
    [
      'a newer version',
      { type: 'session_created', v: 2, body },
      '"session_created" has version 2; this release reads versions up to 1',
    ],
    ['no fields', { type: 'session_created', v: 1, body: null }, '"session_created" has no fields'],
    ['a word for fields', { type: 'session_created', v: 1, body: 'x' }, '"session_created" has no fields'],
  ])('[B7] refuses %s', (_, record, reason) => {
    expect(() => upcastEvent(record)).toThrow(reason);
  });

  it('[B7] refuses a version that has no path to the current one', () => {
    expect(() =>
      upcastEvent({ type: 'session_created', v: 2, body }, { session_created: {} }, newer),
    ).toThrow('"session_created" has version 2, which no release wrote');
    expect(() => upcastEvent({ type: 'session_created', v: 1, body }, {}, newer)).toThrow(
      'which no release wrote',
    );
  });
});
