import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseSupervisorMessage } from './message-check.ts';
import type { SessionReport, ToSupervisor } from './messages.ts';

const session: SessionReport = {
  session: 's',
  state: 'parked',
  holding: ['approval'],
  after: null,
  resumedAfter: 3,
};

const messages: ToSupervisor[] = [
  { type: 'ready', generation: 1, version: '1.0.0' },
  { type: 'serving' },
  { type: 'applied', revision: 2 },
  { type: 'refused', revision: 2, reason: 'no' },
  { type: 'left', sessions: [session] },
  { type: 'moved', session: 's', how: 'cut', cut: ['shell (7.1)'] },
  { type: 'poke', session: 's' },
  { type: 'resumed', session: 's' },
  { type: 'ask', request: 0, what: 'reload', reason: 'asked' },
  { type: 'ask', request: 1, what: 'restart', reason: 'asked', by: '127.0.0.1 as eve' },
];

it.each(messages)('accepts a valid $type message', (message) => {
  expect(parseSupervisorMessage(message)).toEqual(message);
});

it.each([
  undefined,
  null,
  'serving',
  [],
  {},
  { type: 'unheard' },
  { type: 'ready', generation: 1.5, version: '1' },
  { type: 'ready', generation: 1 },
  { type: 'left', sessions: 'none' },
  { type: 'left', sessions: [{ ...session, state: 'lost' }] },
  { type: 'moved', session: 's', how: 'boundary' },
  { type: 'ask', request: -1, what: 'restart', reason: '' },
  { type: 'ask', request: 1, what: 'everything', reason: '' },
  { type: 'ask', request: 1, what: 'restart', reason: '', by: 7 },
])('takes %j for nothing', (said) => {
  expect(parseSupervisorMessage(said)).toBeNull();
});

it('shortens texts that are too long to be shown', () => {
  const cut = Array.from({ length: 20_000 }, () => 'x'.repeat(11_000));
  const short = Array.from({ length: 10_000 }, () => 'x'.repeat(10_000));
  expect(parseSupervisorMessage({ type: 'moved', session: 's', how: 'cut', cut })).toMatchObject({
    session: 's',
    cut: short,
  });
});

it('never throws', () => {
  fc.assert(fc.property(fc.anything(), (said) => parseSupervisorMessage(said) === null));
});
