import { describe, expect, it } from 'vitest';
import {
  callOf,
  compactionStarted,
  created,
  historyCompacted,
  modelAnswered,
  modelCalls,
  modelInterrupted,
  modelStarted,
  reasonOf,
  running,
  toolCrashed,
  toolFinished,
  toolStarted,
} from '../../../test/support/events.ts';
import { givenState } from '../../../test/support/given.ts';
import type { Command, ModelCallEnd } from '../model/command.ts';

const limits = { modelAttempts: 3, crashAttempts: 3, parallelTools: 2 };

type Interrupted = Extract<ModelCallEnd, { kind: 'interrupted' }>;

describe('the end of a model call', () => {
  const end = (result: ModelCallEnd, step = 1): Command => ({ type: 'end_model_call', step, result });
  const answer: ModelCallEnd = { kind: 'finished', content: [{ type: 'text', text: 'yes' }], finish: 'stop' };

  function fails(cause: Interrupted['cause'], partial = ''): Interrupted {
    return { kind: 'interrupted', cause, reason: reasonOf(cause), partial };
  }

  it('is recorded with the whole answer of the provider', () => {
    expect(givenState(...running).when(end({ ...answer, usage: { input: 9, output: 1 } }))).toEqual([
      { ...modelAnswered(1, 'yes'), usage: { input: 9, output: 1 } },
    ]);
    expect(givenState(...running).when(end(answer))).toEqual([modelAnswered(1, 'yes')]);
  });

  it('[D5] changes nothing when the call is over, another one, or there is no turn', () => {
    expect(givenState(...running, modelAnswered(1, 'yes')).when(end(answer))).toEqual([]);
    expect(givenState(...running, modelInterrupted(1, 'crash')).when(end(answer))).toEqual([]);
    expect(givenState(...running).when(end(answer, 2))).toEqual([]);
    expect(givenState(created).when(end(answer))).toEqual([]);
  });

  it.each(['cut', 'unavailable'] as const)(
    '[B5] %s: is tried again after a delay that is on record',
    (cause) => {
      expect(givenState(...running).when(end(fails(cause)), { now: 50_000 })).toEqual([
        modelInterrupted(1, cause),
        { type: 'retry_scheduled', step: 1, until: 50_500 },
      ]);
    },
  );

  it('[B5] waits longer after each failure, and as long as the provider asks for', () => {
    const failedOnce = [...running, modelInterrupted(1, 'cut'), modelStarted(1, 2)];
    const until = (result: ModelCallEnd) => givenState(...failedOnce).when(end(result), { now: 50_000 })[1];
    expect(until(fails('cut'))).toMatchObject({ until: 51_000 });
    expect(until({ ...fails('unavailable'), retryAfter: 20_000 })).toMatchObject({
      until: 70_000,
    });
  });

  it('[B5] does not wait after the last attempt', () => {
    const attempts = { limits: { ...limits, modelAttempts: 1 } };
    expect(givenState(...running).when(end(fails('unavailable')), attempts)).toEqual([
      modelInterrupted(1, 'unavailable'),
    ]);
  });

  it.each(['shutdown', 'overflow', 'rejected', 'cancelled'] as const)('%s: has no delay', (cause) => {
    expect(givenState(...running).when(end(fails(cause)))).toEqual([modelInterrupted(1, cause)]);
  });

  it('[B4] keeps the part that had been streamed', () => {
    expect(givenState(...running).when(end(fails('cut', 'It is no')))[0]).toEqual({
      ...modelInterrupted(1, 'cut'),
      partial: 'It is no',
    });
  });

  it('[B8] of a compaction records the summary and the range that it read', () => {
    const begun = compactionStarted(2, 1, { from: 1, count: 3 });
    const compacting = givenState(...running, modelInterrupted(1, 'overflow'), begun);
    expect(compacting.when(end({ ...answer, usage: { input: 9 } }, 2))).toEqual([
      { ...historyCompacted(2, 'yes', 1, 3), usage: { input: 9 } },
    ]);
  });

  it('of a compaction without text is tried again, so that the history is not lost', () => {
    const compacting = givenState(...running, modelInterrupted(1, 'overflow'), compactionStarted(2));
    expect(compacting.when(end({ kind: 'finished', content: [], finish: 'stop' }, 2))).toEqual([
      { ...modelInterrupted(2, 'cut'), reason: 'the model returned no summary of the conversation' },
      { type: 'retry_scheduled', step: 2, until: 1_000_500 },
    ]);
  });
});

describe('the end of a tool call', () => {
  const begun = [...running, modelCalls(1, callOf('look')), toolStarted('1.1', 'read')];
  const output = { type: 'text', value: 'blue' } as const;
  const finished: Command = { type: 'end_tool_call', call: '1.1', result: { kind: 'finished', output } };

  it('is recorded with its output, and the blob that holds all of it', () => {
    expect(givenState(...begun).when(finished)).toEqual([toolFinished('1.1', 'blue')]);
    const blob = { id: 'b', bytes: 9 };
    const long: Command = { ...finished, result: { kind: 'finished', output, blob } };
    expect(givenState(...begun).when(long)).toEqual([{ ...toolFinished('1.1', 'blue'), blob }]);
  });

  it('that was left for a handover is an interruption, not a result', () => {
    const letGo: Command = { type: 'end_tool_call', call: '1.1', result: { kind: 'interrupted' } };
    expect(givenState(...begun).when(letGo)).toEqual([
      { type: 'tool_call_interrupted', call: '1.1', attempt: 1, cause: 'shutdown' },
    ]);
  });

  it('[B2] changes nothing when the call is over, unknown, or there is no turn', () => {
    expect(givenState(...begun, toolFinished('1.1', 'red')).when(finished)).toEqual([]);
    expect(givenState(...begun, toolCrashed('1.1')).when(finished)).toEqual([]);
    expect(givenState(...running).when(finished)).toEqual([]);
    expect(givenState(created).when(finished)).toEqual([]);
  });
});
