import { Cron } from 'croner';
import { messageOf } from '../errors/errors.ts';

/** The times that a cron expression matches, in milliseconds since the epoch. */
export interface CronTimes {
  /** Returns the first match after this time; `null` when there is no later one. */
  next(after: number): number | null;
  /** Returns the last match up to and including this time; `null` when there is none. */
  latest(until: number): number | null;
}

const SECOND = 1000;
const NICKNAMES = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/**
 * Parses a valid cron expression of five fields, or six with seconds first. Daylight saving time is handled as cron
 * does: a fixed time that does not exist runs right after the gap, a time that occurs twice counts once; `*` and
 * steps follow elapsed time.
 */
export function createCronTimes(expression: string, timezone: string): CronTimes {
  const cron = new Cron(expression, { mode: '5-or-6-parts', timezone, paused: true });
  return {
    next: (after) => cron.nextRun(new Date(wholeSecond(after)))?.getTime() ?? null,
    latest: (until) => cron.previousRuns(1, new Date(wholeSecond(until) + SECOND))[0]?.getTime() ?? null,
  };
}

/** Returns why the text is not a cron expression; `undefined` when it is one that matches at least once. */
export function findCronFault(expression: string): string | undefined {
  const text = expression.trim();
  const fields = text.split(/\s+/).length;
  if (text.startsWith('@')) {
    if (NICKNAMES.includes(text.toLowerCase())) return undefined;
    return `there is no "${text}"; the names are ${NICKNAMES.join(', ')}`;
  }
  if (fields !== 5 && fields !== 6) {
    return `it has ${fields === 1 ? 'one field' : `${fields} fields`}; write minute, hour, day of month, month and day of week, such as "0 9 * * 1-5"`;
  }
  try {
    const { next } = createCronTimes(text, 'UTC');
    return next(Date.now()) === null ? 'no day is like that, so it would never run' : undefined;
  } catch (error) {
    return cronReasonOf(error);
  }
}

/** Returns the name of the machine's own time zone, such as `Europe/Berlin`. */
export function getLocalTimezone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Rounds down to a whole second: no expression is finer, and the library would round up. */
function wholeSecond(time: number): number {
  return Math.floor(time / SECOND) * SECOND;
}

/**
 * Returns the library's error message without its internal prefix, in lower case, so that it can continue a
 * sentence.
 */
function cronReasonOf(error: unknown): string {
  const words = messageOf(error);
  const reason = words.replace(/^\w+: /, '').replace(/\.$/, '');
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}
