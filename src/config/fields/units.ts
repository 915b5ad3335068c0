/** Durations and sizes as they are written in the file: a number and a unit, nothing else. */

const DURATION = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const;

/** Regular expression of a valid duration, for the JSON Schema. */
export const DURATION_PATTERN = '^\\d+(\\.\\d+)?(ms|s|m|h|d)$';
/** Regular expression of a valid size, for the JSON Schema. */
export const SIZE_PATTERN = '^\\d+(\\.\\d+)?(b|kb|mb|gb)$';

/**
 * Returns the milliseconds of `"250ms"`, `"30s"`, `"10m"`, `"2h"` or `"1d"`; `undefined` when the text is not a
 * duration.
 */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, new RegExp(DURATION_PATTERN), DURATION);
}

/**
 * Returns the bytes of `"512b"`, `"64kb"`, `"10mb"` or `"1gb"` (1 kb is 1,024 bytes); `undefined` when the text is
 * not a size.
 */
export function parseSize(text: string): number | undefined {
  return parseQuantity(text.toLowerCase(), new RegExp(SIZE_PATTERN), SIZE);
}

/** Formats milliseconds in the largest unit that leaves a whole number: 90000 is `"90s"`. */
export function formatDuration(ms: number): string {
  return formatQuantity(ms, DURATION);
}

/** Formats bytes in the largest unit that leaves a whole number: 65536 is `"64kb"`. */
export function formatSize(bytes: number): string {
  return formatQuantity(bytes, SIZE);
}

function parseQuantity(text: string, pattern: RegExp, units: Record<string, number>): number | undefined {
  const unit = pattern.exec(text)?.at(-1);
  const factor = unit === undefined ? undefined : units[unit];
  if (factor === undefined) return undefined;
  const value = Math.round(Number.parseFloat(text) * factor);
  return Number.isSafeInteger(value) ? value : undefined;
}

function formatQuantity(value: number, units: Record<string, number>): string {
  const [unit, factor] = Object.entries(units).findLast(([, size]) => value > 0 && value % size === 0) ??
    Object.entries(units)[0] ?? ['', 1];
  return `${value / factor}${unit}`;
}
