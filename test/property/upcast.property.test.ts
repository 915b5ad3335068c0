import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { applyEvent } from '../../src/core/evolve.ts';
import { createInitialState } from '../../src/core/model/state.ts';
import { EVENT_VERSION, upcastEvent } from '../../src/core/model/versions.ts';

/** A fixed seed in CI, so that every run is the same; elsewhere each run is new. */
const fixed = process.env['CI'] ? { seed: 20_261 } : {};

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const text = fc.string({ unit: 'binary' });
const label = fc.string({ minLength: 1, maxLength: 12 });

/** Inputs as releases up to 0.2.0 stored them. */
const oldMessage = fc.record({
  kind: fc.constant('message' as const),
  id: label,
  text,
  mode: fc.constantFrom('steer' as const, 'queue' as const),
  from: optional(label),
  deadline: optional(fc.nat()),
  depth: optional(fc.nat(5)),
  replyTo: optional(fc.record({ session: label, call: label })),
});
const oldResult = fc.record({
  kind: fc.constant('result' as const),
  id: label,
  call: label,
  outcome: fc.constantFrom('answered', 'failed', 'cancelled', 'expired', 'unknown'),
  text,
});
const oldOthers = fc.oneof(
  fc.record({ kind: fc.constant('cancel'), id: label, reason: label }),
  fc.record({ kind: fc.constant('release'), id: label }),
  fc.record({
    kind: fc.constant('approval'),
    id: label,
    approval: label,
    decision: fc.constant('deny'),
    note: text,
  }),
);

function upcast(v: number, input: object): object {
  const body: unknown = JSON.parse(JSON.stringify({ input }));
  const event = upcastEvent({ type: 'input_received', v, body });
  return event.type === 'input_received' ? event.input : event;
}

describe('[J6] inputs of releases up to 0.2.0', () => {
  it('have their text as the only part of their content, and all other fields unchanged', () => {
    fc.assert(
      fc.property(fc.oneof(oldMessage, oldResult), fc.integer({ min: 1, max: 4 }), (old, v) => {
        const { text: said, ...rest } = old;
        const plain: object = JSON.parse(JSON.stringify(rest));
        const content = JSON.parse(JSON.stringify([{ type: 'text', text: said }]));
        deepStrictEqual(upcast(v, old), { ...plain, content });
      }),
      fixed,
    );
  });

  it('of other kinds, and inputs of today, stay as they are', () => {
    const today = fc.record({
      kind: fc.constant('message'),
      id: label,
      content: fc.constant([{ type: 'text', text: 'x' }]),
    });
    fc.assert(
      fc.property(fc.oneof(oldOthers, today), (input) => {
        const v = 'content' in input ? EVENT_VERSION.input_received : 4;
        deepStrictEqual(upcast(v, input), JSON.parse(JSON.stringify(input)));
      }),
      fixed,
    );
  });

  it('reach the history with the text that they had', () => {
    fc.assert(
      fc.property(oldMessage, (old) => {
        const body: unknown = JSON.parse(JSON.stringify({ input: old }));
        const received = upcastEvent({ type: 'input_received', v: 4, body });
        const [pending] = applyEvent(createInitialState(), { ...received, seq: 1, at: 1 }).pending;
        deepStrictEqual(pending?.content, JSON.parse(JSON.stringify([{ type: 'text', text: old.text }])));
      }),
      fixed,
    );
  });
});
