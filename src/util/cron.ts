import { Cron } from 'croner';

/** The moments that a cron expression names, in milliseconds since the epoch. */
export interface CronTimes {
  /** The first one after this moment; `null` when there is none any more. */
  next(after: number): number | null;
  /** The last one up to this moment, which counts. */
  latest(until: number): number | null;
}

const SECOND = 1000;
const NICKNAMES = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/**
 * Five fields, or six with seconds first. What a change to or from summer time means is as in cron: a fixed time that
 * does not exist comes right after the gap, one that comes twice counts once; `*` and steps follow real time.
 */
export function cronTimes(expression: string, timezone: string): CronTimes {
  const cron = new Cron(expression, { mode: '5-or-6-parts', timezone, paused: true });
  return {
    next: (after) => cron.nextRun(new Date(wholeSecond(after)))?.getTime() ?? null,
    latest: (until) => cron.previousRuns(1, new Date(wholeSecond(until) + SECOND))[0]?.getTime() ?? null,
  };
}

/** Why this is no cron expression; `undefined` when it is one. */
export function cronFault(expression: string): string | undefined {
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
    const { next } = cronTimes(text, 'UTC');
    return next(Date.now()) === null ? 'no day is like that, so it would never run' : undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The machine's own time zone. */
export function localTimezone(): string {
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

/** No expression of ours is finer than a second, and the library rounds what is. */
function wholeSecond(time: number): number {
  return Math.floor(time / SECOND) * SECOND;
}

/** The library's words without its names for its own parts. */
function reasonOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const reason = words.replace(/^\w+: /, '').replace(/\.$/, '');
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}
