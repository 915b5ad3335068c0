import { describe, expect, it } from 'vitest';
import {
  approvalRequested,
  approvalResolved,
  callOf,
  cancelInput,
  created,
  modelAnswered,
  modelCalls,
  modelInterrupted,
  modelStarted,
  retryScheduled,
  running,
  steerInput,
  toolDelegated,
  toolRefused,
  toolStarted,
  turnFinished,
  turnStarted,
} from '../../../test/support/events.ts';
import { givenState } from '../../../test/support/given.ts';
import {
  countSuspectedCrashes,
  createInitialState,
  getSessionStatus,
  getWaitReason,
  hasStepInFlight,
} from './state.ts';

describe('the status of a session', () => {
  const statusAfter = (...events: Parameters<typeof givenState>) =>
    getSessionStatus(givenState(...events).state);
  const running = [created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1)];

  it('is idle before the first message and after a turn', () => {
    expect(statusAfter()).toBe('idle');
    const done = [modelAnswered(1, 'yes'), turnFinished(1, ['a'], 'answered')];
    expect(statusAfter(...running, ...done)).toBe('idle');
  });

  it('is queued while a message has no turn', () => {
    expect(statusAfter(created, steerInput('a'))).toBe('queued');
  });

  it('is running while a turn is open, also with more messages behind it', () => {
    expect(statusAfter(...running, steerInput('b'))).toBe('running');
  });

  it('is waiting while the next attempt of a model call is later', () => {
    const parked = [...running, modelInterrupted(1, 'unavailable'), retryScheduled(1, 99_000)];
    expect(statusAfter(...parked)).toBe('waiting');
    expect(statusAfter(...parked, modelStarted(1, 2))).toBe('running');
  });

  it('is waiting while all open calls wait for approvers or other sessions', () => {
    const calls = [...running, modelCalls(1, callOf('send'), callOf('give'))];
    const state = (...events: Parameters<typeof givenState>) => givenState(...calls, ...events).state;
    const waits = (...events: Parameters<typeof givenState>) => {
      const { turn } = state(...events);
      return turn && getWaitReason(turn);
    };
    expect(waits(approvalRequested('1.1'))).toBeNull();
    expect(waits(approvalRequested('1.1'), approvalRequested('1.2'))).toBe('approval');
    expect(waits(approvalRequested('1.1'), toolDelegated('1.2'))).toBe('approval');
    expect(waits(toolRefused('1.1', 'no'), toolDelegated('1.2'))).toBe('child');
    expect(waits(approvalRequested('1.1'), toolDelegated('1.2'), cancelInput('x'))).toBeNull();
    expect(getSessionStatus(state(approvalRequested('1.1'), toolDelegated('1.2')))).toBe('waiting');
    expect(getSessionStatus(state(approvalResolved('1.1', 'approved'), toolDelegated('1.2')))).toBe(
      'running',
    );
  });

  it('is quarantined until an operator releases it', () => {
    const quarantined = { type: 'session_quarantined', reason: 'it kills' } as const;
    expect(statusAfter(created, quarantined)).toBe('quarantined');
    expect(statusAfter(created, quarantined, { type: 'session_released', by: 'ann' })).toBe('idle');
  });
});

describe('steps that a crash may have interrupted', () => {
  const calls = givenState(...running, modelCalls(1, callOf('t'), callOf('u')), toolDelegated('1.1')).state;

  it('[B6] are those in flight in our own process', () => {
    expect(hasStepInFlight(createInitialState())).toBe(false);
    expect(hasStepInFlight(givenState(...running).state)).toBe(true);
    expect(hasStepInFlight(calls)).toBe(false);
    const { state } = givenState(...running, modelCalls(1, callOf('t')), toolStarted('1.1', 'read'));
    expect(hasStepInFlight(state)).toBe(true);
  });

  it('[B6] make the session as suspect as the step with the most crashes', () => {
    expect(countSuspectedCrashes(createInitialState())).toBe(0);
    expect(countSuspectedCrashes(calls)).toBe(0);
    expect(countSuspectedCrashes(givenState(...running, modelInterrupted(1, 'crash')).state)).toBe(1);
  });
});
