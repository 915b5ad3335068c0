import type { MissedSlots } from '../journal/time.ts';
import type { Times } from './times.ts';

/** What becomes of the slots of a schedule that have come since somebody looked. */
export interface Verdict {
  /** The slot that runs now. */
  fire: number | null;
  missed: MissedSlots | null;
  /** The last one: every slot up to it is decided. */
  until: number;
}

/**
 * Decides the slots in (after, now]; `undefined` when there are none. Only the latest can run, if it is not too late:
 * an agent that was away for a week is not told good morning seven times.
 */
export function decideSlots(
  times: Times,
  after: number,
  now: number,
  maxLate: number | null,
): Verdict | undefined {
  const latest = times.latest(now);
  const first = times.next(after);
  if (latest === null || first === null || first > latest) return undefined;
  const fire = maxLate === null || now - latest <= maxLate ? latest : null;
  const last = fire === null ? latest : times.latest(latest - 1);
  const missed = last === null || last < first ? null : { first, last, count: times.count(first, last) };
  return { fire, missed, until: latest };
}
