import type { MissedRow, MissedSlots, ScheduleRow } from '../journal/time.ts';
import type { ScheduleSpec, When } from './ports.ts';

/** A schedule with its state, as clients see it. */
export interface ScheduleView {
  name: string;
  when: When;
  session: string;
  agent: string;
  enabled: boolean;
  paused: boolean;
  next: number | null;
  last: ScheduleRow['last'];
  /** Missed slots, the latest first. */
  missed: (MissedSlots & { at: number })[];
}

export function buildScheduleView(
  { name, when, session, agent, enabled }: ScheduleSpec,
  { paused, last }: ScheduleRow,
  missed: readonly MissedRow[],
  next: number | null,
): ScheduleView {
  return {
    name,
    when,
    session,
    agent,
    enabled,
    paused,
    next: enabled && !paused ? next : null,
    last,
    missed: missed
      .filter(({ schedule }) => schedule === name)
      .map(({ first, last: latest, count, at }) => ({ first, last: latest, count, at })),
  };
}
