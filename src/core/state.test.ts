import { describe, expect, it } from 'vitest';
import {
  created,
  modelAnswered,
  modelInterrupted,
  modelStarted,
  retryScheduled,
  steer,
  turnFinished,
  turnStarted,
} from '../../test/support/events.ts';
import { given } from '../../test/support/given.ts';
import { statusOf } from './state.ts';

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

  it('is waiting while the provider asked for patience', () => {
    const parked = [...running, modelInterrupted(1, 'unavailable'), retryScheduled(1, 99_000)];
    expect(statusAfter(...parked)).toBe('waiting');
    expect(statusAfter(...parked, modelStarted(1, 2))).toBe('running');
  });

  it('is quarantined until somebody releases it', () => {
    const quarantined = { type: 'session_quarantined', reason: 'it kills' } as const;
    expect(statusAfter(created, quarantined)).toBe('quarantined');
    expect(statusAfter(created, quarantined, { type: 'session_released', by: 'ann' })).toBe('idle');
  });
});
