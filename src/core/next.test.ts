import { describe, expect, it } from 'vitest';
import {
  approvalRequested,
  callOf,
  crashedWith,
  created,
  modelAnswered,
  modelCalls,
  modelInterrupted,
  modelStarted,
  queueInput,
  retryScheduled,
  steerInput,
  toolDelegated,
  toolFinished,
  toolStarted,
  turnFinished,
  turnJoined,
  turnStarted,
} from '../../test/support/events.ts';
import { givenState } from '../../test/support/given.ts';
import type { ModelInterruption, SessionEvent } from './model/events.ts';
import { createTextContent } from './model/message.ts';
import type { CallVerdict, NextAction } from './model/next-action.ts';
import { runningModelCall, runningToolCall } from './steps/running-steps.ts';

const opened = [created, steerInput('a'), turnStarted(1, 'a')];
const running = [...opened, modelStarted(1)];
const limits = { modelAttempts: 3, crashAttempts: 3, parallelTools: 2 };

function callModel(step: number, attempt: number): NextAction {
  return { kind: 'call_model', step, attempt, piece: null };
}

function closes(how: object) {
  return [expect.objectContaining({ kind: 'close_turn', quarantine: false, ...how })];
}

/** Events of a call that was made `times` times and always ended in the same way. */
function attempts(count: number, cause: ModelInterruption): SessionEvent[] {
  return Array.from({ length: count }, (_, index) => index + 1).flatMap((attempt) => [
    modelStarted(1, attempt),
    modelInterrupted(1, cause, attempt),
  ]);
}

const ASK: CallVerdict = {
  run: true,
  effect: 'write',
  resumable: false,
  ask: { rule: 'send', patience: 5_000 },
};

describe('a message with a deadline', () => {
  const due: SessionEvent = {
    type: 'input_received',
    input: {
      kind: 'message',
      id: 'late',
      content: createTextContent('soon'),
      mode: 'queue',
      deadline: 500_000,
    },
  };

  it('[C13] expires when no turn starts before its deadline, whatever else happens', () => {
    const expire = [{ kind: 'expire_input', input: 'late', deadline: 500_000 }];
    expect(givenState(created, due).next()).toEqual(expire);
    expect(givenState(created, steerInput('a'), turnStarted(1, 'a'), due).next()).toEqual(expire);
    expect(givenState(created, due).advance([]).events).toMatchObject([
      {
        type: 'input_closed',
        inputs: ['late'],
        outcome: 'expired',
        reason: 'no turn started before its deadline, 1970-01-01T00:08:20.000Z',
      },
    ]);
  });

  it('[C13] [A7] wakes the session at its deadline, whatever it waits behind', () => {
    const early = { now: 400_000 };
    const wait = { kind: 'wait', until: 500_000 };
    const sooner: SessionEvent = {
      type: 'input_received',
      input: {
        kind: 'message',
        id: 'sooner',
        content: createTextContent('soon'),
        mode: 'steer',
        deadline: 450_000,
      },
    };
    const asks = [...running, modelCalls(1, callOf('send')), approvalRequested('1.1')];
    expect(givenState(...asks, due).next({ ...early, tool: () => ASK })).toEqual([
      { kind: 'wait', until: 2_000_000 },
      wait,
    ]);
    const child = [...running, modelCalls(1, callOf('delegate')), toolDelegated('1.1')];
    expect(givenState(...child, due).next(early)).toEqual([wait]);
    expect(givenState(...child, due, queueInput('b'), sooner).next(early)).toEqual([
      { kind: 'wait', until: 450_000 },
    ]);
    expect(givenState(...running, due).next({ ...early, running: [runningModelCall(1)] })).toEqual([wait]);
    expect(givenState(created, due).advance([], early, () => false)).toMatchObject({ wakeAt: 500_000 });
    const closed = givenState(...child, due, sooner).advance([]).events;
    expect(closed.map((event) => event.type === 'input_closed' && event.inputs)).toEqual([
      ['sooner'],
      ['late'],
    ]);
  });

  it('[C13] starts a turn in time, and the deadline no longer applies to that turn', () => {
    expect(givenState(created, due).next({ now: 499_999 })[0]).toMatchObject({ kind: 'open_turn' });
    const begun = givenState(created, due, turnStarted(1, 'late'));
    expect(begun.next()).toMatchObject([{ kind: 'call_model' }]);
  });
});

describe('a session without a turn', () => {
  it('has nothing to do without a message', () => {
    expect(givenState().next()).toEqual([]);
    expect(
      givenState(...running, modelAnswered(1, 'yes'), turnFinished(1, ['a'], 'answered')).next(),
    ).toEqual([]);
  });

  it('[A6] opens a turn for the message that came first, whatever its mode', () => {
    expect(givenState(created, queueInput('a'), steerInput('b')).next()).toEqual([
      { kind: 'open_turn', turn: 1, inputs: ['a'] },
    ]);
  });

  it('counts its turns', () => {
    const first = [modelAnswered(1, 'yes'), turnFinished(1, ['a'], 'answered')];
    expect(givenState(...running, ...first, steerInput('b')).next()).toEqual([
      { kind: 'open_turn', turn: 2, inputs: ['b'] },
    ]);
  });

  it('[B6] does nothing while it is quarantined', () => {
    const quarantined = [
      created,
      steerInput('a'),
      { type: 'session_quarantined', reason: 'it kills' },
    ] as const;
    expect(givenState(...quarantined).next()).toEqual([]);
    expect(givenState(...quarantined, { type: 'session_released', by: 'ann' }).next()).toHaveLength(1);
  });
});

describe('a turn', () => {
  it('begins with a model call', () => {
    expect(givenState(...opened).next()).toEqual([callModel(1, 1)]);
  });

  it('leaves a running model call alone, also when a message arrives', () => {
    expect(givenState(...running, steerInput('b')).next({ running: [runningModelCall(1)] })).toEqual([]);
  });

  it('[B2] [D5] detects a model call that died with its process, and repeats it', () => {
    expect(givenState(...running).next()).toEqual([{ kind: 'lose_model_call', step: 1, attempt: 1 }]);
    expect(givenState(...running, modelInterrupted(1, 'crash')).next()).toEqual([callModel(1, 2)]);
  });

  it('continues with the next model call when all tools have their results', () => {
    const called = [modelCalls(1, callOf('look')), toolStarted('1.1', 'read'), toolFinished('1.1', 'blue')];
    expect(givenState(...running, ...called).next()).toEqual([callModel(2, 1)]);
  });

  it('is answered when the model calls no tools, even with an empty text', () => {
    expect(givenState(...running, modelAnswered(1, 'yes')).next()).toEqual(closes({ outcome: 'answered' }));
    expect(givenState(...running, modelAnswered(1, '')).next()).toEqual(closes({ outcome: 'answered' }));
  });

  it('fails when the content filter left no text, and is answered with any text that it left', () => {
    const reason = "the provider's content filter withheld the answer";
    const empty = givenState(...running, modelAnswered(1, '', 'content-filter'));
    expect(empty.next()).toEqual(closes({ outcome: 'failed', reason }));
    const half = givenState(...running, modelAnswered(1, 'half', 'content-filter'));
    expect(half.next()).toEqual(closes({ outcome: 'answered' }));
  });
});

describe('a message to a busy session', () => {
  const atBoundary = [...running, modelCalls(1, callOf('look')), toolStarted('1.1', 'read')];

  it('[A9] that steers joins at the next step boundary, before the model call', () => {
    const arrived = [...atBoundary, steerInput('b'), queueInput('c'), steerInput('d')];
    expect(givenState(...arrived).next({ running: [runningToolCall('1.1')] })).toEqual([]);
    expect(givenState(...arrived, toolFinished('1.1', 'blue')).next()).toEqual([
      { kind: 'join_turn', turn: 1, inputs: ['b', 'd'] },
    ]);
    const joined = [toolFinished('1.1', 'blue'), turnJoined(1, 'b', 'd')];
    expect(givenState(...arrived, ...joined).next()).toEqual([callModel(2, 1)]);
  });

  it('[A9] with the mode `queue` does not join', () => {
    expect(givenState(...atBoundary, queueInput('b'), toolFinished('1.1', 'blue')).next()).toEqual([
      callModel(2, 1),
    ]);
  });

  it('joins a call that is made again', () => {
    expect(givenState(...opened, ...attempts(1, 'cut'), steerInput('b')).next()).toEqual([
      { kind: 'join_turn', turn: 1, inputs: ['b'] },
    ]);
  });

  it('does not join a turn that is answered or fails: it gets one of its own', () => {
    expect(givenState(...running, steerInput('b'), modelAnswered(1, 'yes')).next()).toEqual(
      closes({ outcome: 'answered' }),
    );
    expect(givenState(...opened, ...attempts(1, 'rejected'), steerInput('b')).next()).toEqual(
      closes({ outcome: 'failed' }),
    );
    expect(givenState(...opened, ...attempts(3, 'crash'), steerInput('b')).next()).toEqual(
      closes({ outcome: 'failed', quarantine: true }),
    );
  });
});

describe('a model call that failed', () => {
  const parked = givenState(
    ...opened,
    ...attempts(1, 'unavailable'),
    retryScheduled(1, 2_000_000),
    steerInput('b'),
  );

  it('[J10] does not wait longer than the longest delay when the clock was set back', () => {
    expect(parked.next({ now: 2_000_000 - 900_000 })).toEqual([{ kind: 'wait', until: 2_000_000 }]);
    expect(parked.next({ now: 2_000_000 - 900_001 })).toEqual(parked.next({ now: 2_000_000 }));
  });

  it('[B5] waits until its retry time, across restarts', () => {
    expect(parked.next({ now: 1_999_999 })).toEqual([{ kind: 'wait', until: 2_000_000 }]);
    expect(parked.next({ now: 2_000_000 })).toEqual([{ kind: 'join_turn', turn: 1, inputs: ['b'] }]);
  });

  it('[B5] is made again until its attempts are used up', () => {
    expect(givenState(...opened, ...attempts(2, 'cut')).next({ limits })).toEqual([callModel(1, 3)]);
    expect(givenState(...opened, ...attempts(3, 'cut')).next({ limits })).toEqual(
      closes({
        outcome: 'failed',
        reason: 'the model did not answer in 3 attempts; the last one: the reason for cut',
      }),
    );
  });

  it('[B5] fails the turn at once when the provider rejects the request', () => {
    expect(givenState(...opened, ...attempts(1, 'rejected')).next()).toEqual(
      closes({ outcome: 'failed', reason: 'the reason for rejected' }),
    );
  });

  it('[B6] quarantines the session when each attempt killed the process', () => {
    expect(givenState(...opened, ...attempts(2, 'crash')).next({ limits })).toEqual([callModel(1, 3)]);
    expect(givenState(...opened, ...attempts(3, 'crash')).next({ limits })).toEqual(
      closes({
        outcome: 'failed',
        quarantine: true,
        reason: 'the daemon died 3 times during model call 1',
      }),
    );
  });

  it.each([
    { blames: ['none', 'none', 'none', 'none', 'none'], poison: false },
    { blames: ['shared', 'shared', 'shared', 'shared'], poison: false },
    { blames: ['shared', 'shared', 'sole'], poison: false },
    { blames: ['none', 'sole', 'sole'], poison: false },
    { blames: ['shared', 'sole', 'sole'], poison: true },
  ] as const)('[B6] is given up after $blames: $poison', ({ blames, poison }) => {
    const lost = blames.flatMap((blame, index) => [
      modelStarted(1, index + 1),
      crashedWith(modelInterrupted(1, 'crash', index + 1), blame),
    ]);
    const [step] = givenState(...opened, ...lost).next({ limits });
    expect(step?.kind).toBe(poison ? 'close_turn' : 'call_model');
  });

  it('[B6] is given up after one crash when the limit is one', () => {
    const one = { ...limits, crashAttempts: 1 };
    const [step] = givenState(...opened, ...attempts(1, 'crash')).next({ limits: one });
    expect(step?.kind).toBe('close_turn');
  });

  it('[D5] is made again after any number of planned restarts', () => {
    expect(givenState(...opened, ...attempts(50, 'shutdown')).next({ limits })).toEqual([callModel(1, 51)]);
  });
});
