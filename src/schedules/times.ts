import { createInternalId } from '../core/model/internal-id.ts';
import { type CronTimes, createCronTimes } from '../util/cron.ts';
import type { When } from './ports.ts';

/** The moments of a schedule's slots, in milliseconds since the epoch. */
export interface SlotTimes extends CronTimes {
  /**
   * Number of slots from one slot to another, both included; slots of a cron expression are counted up to a
   * thousand.
   */
  count(first: number, last: number): number;
}

const MAX_COUNT = 1_000;

/**
 * Creates the slot times of a schedule. Intervals count from the epoch, so every process finds the same
 * slots.
 */
export function createSlotTimes(when: When): SlotTimes {
  if ('cron' in when) {
    const times = createCronTimes(when.cron, when.timezone);
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
  for (let at = first; at < last && count < MAX_COUNT; count += 1) at = next(at) ?? last;
  return count;
}

/**
 * Describes when a schedule runs, as a text that changes exactly when its times change. The journal stores it
 * as the plan.
 */
export function describePlan(when: When): string {
  return 'cron' in when ? `cron ${when.cron} in ${when.timezone}` : `every ${when.every} ms`;
}

/** Returns the permanent id of a schedule's slot, under which its message is stored at most once. */
export function makeSlotId(schedule: string, at: number): string {
  return createInternalId(`${schedule}@${new Date(at).toISOString()}`);
}
