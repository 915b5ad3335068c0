import { z } from 'zod';

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST = 366 * 86_400_000;

/** Parses times as models write them. A duration such as `"90s"` or `"2d"` becomes milliseconds. */
export const timeSpanSchema = z
  .string()
  .transform((text) => {
    const [, amount, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([smhd])\s*$/.exec(text) ?? [];
    return Number(amount) * (UNITS[unit] ?? Number.NaN);
  })
  .refine((value) => value > 0 && value <= LONGEST, {
    error: 'must be a duration such as "90s", "20m", "3h" or "2d"; at most 366d',
  });

/**
 * Parses a time with its UTC offset to milliseconds since the epoch. A time without an offset is rejected,
 * because it is ambiguous.
 */
export const momentSchema = z
  .string()
  .transform((text) => (MOMENT.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN))
  .refine((value) => !Number.isNaN(value), {
    error: 'must be a time with its offset, such as "2027-03-01T09:00:00+01:00" or "2027-03-01T08:00:00Z"',
  });

const MOMENT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** Returns why a reminder cannot be due at this time; `undefined` when it can. */
export function findDueFault(due: number, now: number): string | undefined {
  if (due <= now) return `${formatTime(due)} is in the past: it is ${formatTime(now)} now.`;
  if (due - now > LONGEST) return `${formatTime(due)} is too far ahead; the maximum is 366 days.`;
  return undefined;
}

export function formatTime(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}
