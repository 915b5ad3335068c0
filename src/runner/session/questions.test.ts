import { expect, it } from 'vitest';
import {
  callOf,
  created,
  modelCalls,
  modelStarted,
  resolved,
  steer,
  toolCrashed,
  toolStarted,
  turnStarted,
} from '../../../test/support/events.ts';
import { given } from '../../../test/support/given.ts';
import { inquiryOf } from '../../../test/support/world-tools.ts';
import type { SessionEvent } from '../../core/model/events.ts';
import { Questions, unasked } from './questions.ts';

const running = [
  created,
  steer('a'),
  turnStarted(1, 'a'),
  modelStarted(1),
  modelCalls(1, callOf('look')),
  toolStarted('1.1', 'read'),
];

const question: SessionEvent = {
  type: 'approval_requested',
  approval: 'first',
  call: '1.1',
  rule: '',
  expiresAt: 1_060_000,
  inquiry: inquiryOf('1'),
};

const yes = {
  ...resolved('1.1', 'approved'),
  approval: 'first',
  from: 'ann',
  content: { sure: true },
} as const;

it('[G1] a call receives the decision about its question', async () => {
  const questions = new Questions();
  const before = given(...running).state;
  const answer = questions.ask('1.1', inquiryOf('1'), () => questions.take('1.1', inquiryOf('1'), before));
  questions.look(given(...running, question).state);
  expect(questions.open).toBe(true);
  questions.look(given(...running, question, yes).state);
  const said = { decision: 'approved', content: { sure: true }, from: 'ann', note: null };
  expect(await answer).toEqual({ key: '1', ...said });
});

it('[G1] a question that could not be asked does not get the answer of an earlier question with its key', async () => {
  const questions = new Questions();
  const second = toolStarted('1.1', 'read', { attempt: 2 });
  const again = given(...running, question, yes, toolCrashed('1.1'), second).state;
  const answer = questions.ask('1.1', inquiryOf('1'), () => questions.take('1.1', inquiryOf('1'), again));
  questions.look(again);
  expect(await answer).toEqual(unasked('1'));
});
