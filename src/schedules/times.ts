import { internalId } from '../core/model/internal-id.ts';
import { type CronTimes, cronTimes } from '../util/cron.ts';
import type { When } from './ports.ts';

/** The moments at which a schedule has its slots. */
export interface Times extends CronTimes {
  /** How many there are from one of them to another; those of a cron expression are counted up to a thousand. */
  count(first: number, last: number): number;
}

const COUNTED = 1_000;

/** Intervals are counted from the epoch, so that a slot is the same one whenever and by whomever it is found. */
export function timesOf(when: When): Times {
  if ('cron' in when) {
    const times = cronTimes(when.cron, when.timezone);
    return { ...times, count: (first, last) => countOneByOne(times, first, last) };
  }
  const { every } = when;
  return {
    next: (after) => (Math.floor(after / every) + 1) * every,
    latest: (until) => Math.floor(until / every) * every,
    count: (first, last) => Math.round((last - first) / every) + 1,
  };
}

function countOneByOne({ next }: CronTimes, first: number, last: number): number {
  let count = 1;
  for (let at = first; at < last && count < COUNTED; count += 1) at = next(at) ?? last;
  return count;
}

/** When it runs, in words that change exactly when that does. */
export function planOf(when: When): string {
  return 'cron' in when ? `cron ${when.cron} in ${when.timezone}` : `every ${when.every} ms`;
}

/** Names the slot of a schedule for ever. */
export function slotId(schedule: string, at: number): string {
  return internalId(`${schedule}@${new Date(at).toISOString()}`);
}
