import { describe, expect, it } from 'vitest';
import { computeRetryDelay } from './backoff.ts';

describe('the delay before the next attempt [B5]', () => {
  it('doubles from half a second up to a minute', () => {
    expect([1, 2, 3, 7, 8, 40].map((failures) => computeRetryDelay(failures))).toEqual([
      500, 1000, 2000, 32_000, 60_000, 60_000,
    ]);
  });

  it('follows the wish of the provider, up to a quarter of an hour', () => {
    expect([7_000, 3_600_000].map((wish) => computeRetryDelay(1, wish))).toEqual([7_000, 900_000]);
  });

  it('is never shorter than its own when the provider asks for less', () => {
    expect([0, 1, -5].map((wish) => computeRetryDelay(1, wish))).toEqual([500, 500, 500]);
    expect([0, 1, 7_000].map((wish) => computeRetryDelay(6, wish))).toEqual([16_000, 16_000, 16_000]);
  });
});
