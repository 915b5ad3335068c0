import type { SchedulePlan, ScheduleRow } from '../journal/time.ts';
import type { ScheduleSpec } from './ports.ts';
import { describePlan } from './times.ts';

/**
 * Returns the plans to store in the journal because they changed:
 * - A schedule that is new, or has other times than before, starts now and has missed nothing.
 * - A schedule that is disabled or removed gets an empty plan, so that it starts again when it comes back.
 * - A schedule decided beyond the present was decided by a clock that has since been set back; it is decided
 *   up to now.
 */
export function findChangedPlans(
  specs: readonly ScheduleSpec[],
  rows: ReadonlyMap<string, ScheduleRow>,
  now: number,
): SchedulePlan[] {
  const wanted = new Map([...rows.keys()].map((name) => [name, '']));
  for (const { name, when, enabled } of specs) wanted.set(name, enabled ? describePlan(when) : '');
  const changed = [...wanted].filter(([name, plan]) => {
    const row = rows.get(name) ?? createRow(name, now);
    return row.plan !== plan || (plan !== '' && row.decided > now);
  });
  return changed.map(([schedule, plan]) => ({ schedule, plan, decided: now }));
}

export function createRow(schedule: string, now: number): ScheduleRow {
  return { schedule, plan: '', paused: false, decided: now, last: null };
}
