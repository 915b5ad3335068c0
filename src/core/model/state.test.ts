import { describe, expect, it } from 'vitest';
import {
  asked,
  callOf,
  cancel,
  created,
  modelAnswered,
  modelCalls,
  modelInterrupted,
  modelStarted,
  resolved,
  retryScheduled,
  running,
  steer,
  toolDelegated,
  toolRefused,
  toolStarted,
  turnFinished,
  turnStarted,
} from '../../../test/support/events.ts';
import { given } from '../../../test/support/given.ts';
import { countSuspicions, initialState, isAtWork, statusOf, waitsFor } from './state.ts';

describe('the status of a session', () => {
  const statusAfter = (...events: Parameters<typeof given>) => statusOf(given(...events).state);
  const running = [created, steer('a'), turnStarted(1, 'a'), modelStarted(1)];

  it('is idle before the first message and after a turn', () => {
    expect(statusAfter()).toBe('idle');
    const done = [modelAnswered(1, 'yes'), turnFinished(1, ['a'], 'answered')];
    expect(statusAfter(...running, ...done)).toBe('idle');
  });

  it('is queued while a message has no turn', () => {
    expect(statusAfter(created, steer('a'))).toBe('queued');
  });

  it('is running while a turn is open, also with more messages behind it', () => {
    expect(statusAfter(...running, steer('b'))).toBe('running');
  });

  it('is waiting while the next attempt of a model call is later', () => {
    const parked = [...running, modelInterrupted(1, 'unavailable'), retryScheduled(1, 99_000)];
    expect(statusAfter(...parked)).toBe('waiting');
    expect(statusAfter(...parked, modelStarted(1, 2))).toBe('running');
  });

  it('is waiting while all open calls wait for approvers or other sessions', () => {
    const calls = [...running, modelCalls(1, callOf('send'), callOf('give'))];
    const state = (...events: Parameters<typeof given>) => given(...calls, ...events).state;
    const waits = (...events: Parameters<typeof given>) => {
      const { turn } = state(...events);
      return turn && waitsFor(turn);
    };
    expect(waits(asked('1.1'))).toBeNull();
    expect(waits(asked('1.1'), asked('1.2'))).toBe('approval');
    expect(waits(asked('1.1'), toolDelegated('1.2'))).toBe('approval');
    expect(waits(toolRefused('1.1', 'no'), toolDelegated('1.2'))).toBe('child');
    expect(waits(asked('1.1'), toolDelegated('1.2'), cancel('x'))).toBeNull();
    expect(statusOf(state(asked('1.1'), toolDelegated('1.2')))).toBe('waiting');
    expect(statusOf(state(resolved('1.1', 'approved'), toolDelegated('1.2')))).toBe('running');
  });

  it('is quarantined until an operator releases it', () => {
    const quarantined = { type: 'session_quarantined', reason: 'it kills' } as const;
    expect(statusAfter(created, quarantined)).toBe('quarantined');
    expect(statusAfter(created, quarantined, { type: 'session_released', by: 'ann' })).toBe('idle');
  });
});

describe('steps that a crash may have interrupted', () => {
  const calls = given(...running, modelCalls(1, callOf('t'), callOf('u')), toolDelegated('1.1')).state;

  it('[B6] are those in flight in our own process', () => {
    expect(isAtWork(initialState())).toBe(false);
    expect(isAtWork(given(...running).state)).toBe(true);
    expect(isAtWork(calls)).toBe(false);
    const { state } = given(...running, modelCalls(1, callOf('t')), toolStarted('1.1', 'read'));
    expect(isAtWork(state)).toBe(true);
  });

  it('[B6] make the session as suspect as the step with the most crashes', () => {
    expect(countSuspicions(initialState())).toBe(0);
    expect(countSuspicions(calls)).toBe(0);
    expect(countSuspicions(given(...running, modelInterrupted(1, 'crash')).state)).toBe(1);
  });
});
