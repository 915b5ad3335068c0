import { z } from 'zod';

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

const LONGEST = 24 * 3_600_000;

/**
 * Parses a time limit as models write it: a number of seconds, or a string such as `"90s"`. The result is in
 * milliseconds.
 */
export const timeLimitSchema = z
  .union([z.number().describe('Seconds.'), z.string().describe('Such as "500ms", "90s", "5m" or "2h".')])
  .transform(toMilliseconds)
  .refine((value) => value > 0 && value <= LONGEST, {
    error:
      'must be a number of seconds, or a string such as "500ms", "90s", "5m" or "2h"; more than 0, up to 24h',
  });

function toMilliseconds(value: number | string): number {
  if (typeof value === 'number') return value * 1_000;
  const [, amount, unit = 's'] = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h)?\s*$/.exec(value) ?? [];
  return Number(amount) * (UNITS[unit] ?? Number.NaN);
}
