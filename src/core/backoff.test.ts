import { describe, expect, it } from 'vitest';
import { retryDelay } from './backoff.ts';

describe('the delay before the next attempt [B5]', () => {
  it('doubles from half a second up to a minute', () => {
    expect([1, 2, 3, 7, 8, 40].map((failures) => retryDelay(failures))).toEqual([
      500, 1000, 2000, 32_000, 60_000, 60_000,
    ]);
  });

  it('is what the provider asks for, at most a quarter of an hour and never in the past', () => {
    expect([0, 7_000, 3_600_000, -5].map((wish) => retryDelay(1, wish))).toEqual([0, 7_000, 900_000, 0]);
  });
});
