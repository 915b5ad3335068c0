import type { MissedSlots } from '../journal/time.ts';
import type { SlotTimes } from './times.ts';

/** What happens to the slots of a schedule that have come since the last check. */
export interface SlotDecision {
  /** The slot that runs now; null when even the latest is too late. */
  fire: number | null;
  missed: MissedSlots | null;
  /** Time of the latest slot; every slot up to it is decided. */
  until: number;
}

/**
 * Decides the slots in (after, now]; returns `undefined` when there are none. Only the latest may run, and
 * only if it is not too late: after a week of downtime a daily message is sent once, not seven times.
 */
export function decideSlots(
  times: SlotTimes,
  after: number,
  now: number,
  maxLate: number | null,
): SlotDecision | undefined {
  const latest = times.latest(now);
  const first = times.next(after);
  if (latest === null || first === null || first > latest) return undefined;
  const fire = maxLate === null || now - latest <= maxLate ? latest : null;
  const last = fire === null ? latest : times.latest(latest - 1);
  const missed = last === null || last < first ? null : { first, last, count: times.count(first, last) };
  return { fire, missed, until: latest };
}
