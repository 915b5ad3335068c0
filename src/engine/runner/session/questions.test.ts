import { expect, it } from 'vitest';
import {
  approvalResolved,
  callOf,
  created,
  modelCalls,
  modelStarted,
  steerInput,
  toolCrashed,
  toolStarted,
  turnStarted,
} from '../../../../test/support/events.ts';
import { givenState } from '../../../../test/support/given.ts';
import { inquiryOf } from '../../../../test/support/world-tools.ts';
import type { SessionEvent } from '../../../core/model/events.ts';
import { OpenElicitations, supersededResult } from './questions.ts';

const running = [
  created,
  steerInput('a'),
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
  ...approvalResolved('1.1', 'approved'),
  approval: 'first',
  from: 'ann',
  content: { sure: true },
} as const;

it('[G1] a call receives the decision about its question', async () => {
  const questions = new OpenElicitations();
  const before = givenState(...running).state;
  const answer = questions.addElicitation('1.1', inquiryOf('1'), () =>
    questions.markRecorded('1.1', inquiryOf('1'), before),
  );
  questions.resolveDecided(givenState(...running, question).state);
  expect(questions.hasOpen).toBe(true);
  questions.resolveDecided(givenState(...running, question, yes).state);
  const said = { decision: 'approved', content: { sure: true }, from: 'ann', note: null };
  expect(await answer).toEqual({ key: '1', ...said });
});

it('[G1] a question that could not be asked does not get the answer of an earlier question with its key', async () => {
  const questions = new OpenElicitations();
  const second = toolStarted('1.1', 'read', { attempt: 2 });
  const again = givenState(...running, question, yes, toolCrashed('1.1'), second).state;
  const answer = questions.addElicitation('1.1', inquiryOf('1'), () =>
    questions.markRecorded('1.1', inquiryOf('1'), again),
  );
  questions.resolveDecided(again);
  expect(await answer).toEqual(supersededResult('1'));
});
