import { describe, expect, it } from 'vitest';
import { classifyError, errorBody, errorResponse, NOW } from '../../../test/support/provider-errors.ts';

describe('[B5] the wait before a retry', () => {
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, 60_000],
    [{ 'retry-after': '30s' }, 30_000],
    [{ 'retry-after': '0', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '12' }, 12_000],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 20],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 30) }, 30_000],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 1_500) }, 1_500],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '12' }, 12_000],
    [
      {
        'anthropic-ratelimit-requests-remaining': '3',
        'anthropic-ratelimit-requests-reset': '2026-01-01T09:00:00Z',
        'anthropic-ratelimit-tokens-remaining': '0',
        'anthropic-ratelimit-tokens-reset': '2026-01-01T00:00:05Z',
      },
      5_000,
    ],
  ])('%j means %i ms', (headers, wait) => {
    expect(classifyError(errorResponse(429, errorBody('Slow down.'), headers)).retryAfter).toBe(wait);
  });

  it.each([
    [{}],
    [{ 'retry-after': 'soon' }],
    [{ 'retry-after': '0' }],
    [{ 'retry-after': '-3' }],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }],
    [{ 'retry-after': '9999999' }],
    [{ 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-requests': '6m0s' }],
    [{ 'x-ratelimit-remaining-requests': '0' }],
  ])('%j means nothing', (headers) => {
    expect(classifyError(errorResponse(429, errorBody('Slow down.'), headers))).not.toHaveProperty(
      'retryAfter',
    );
  });

  it('comes from the message when there is no header', () => {
    const words = 'Rate limit reached on tokens per day (TPD): Limit 100000. Please try again in 14m24.5s.';
    expect(classifyError(errorResponse(429, errorBody(words)))).toMatchObject({
      cause: 'unavailable',
      retryAfter: 864_500,
    });
  });

  it("comes from Google's RetryInfo", () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.07s' }];
    expect(classifyError(errorResponse(429, errorBody('Quota', { details }))).retryAfter).toBe(34_070);
  });
});
