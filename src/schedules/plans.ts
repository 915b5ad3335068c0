import type { Plan, ScheduleRow } from '../journal/time.ts';
import type { ScheduleSpec } from './ports.ts';
import { planOf } from './times.ts';

/**
 * What the journal has to be told: a schedule that is new, or runs at other times than before, begins now and has
 * missed nothing. One that is switched off or gone has no plan, so that it begins anew when it comes back. One that
 * is decided beyond the present was so by a clock that has been set back.
 */
export function changedPlans(
  specs: readonly ScheduleSpec[],
  rows: ReadonlyMap<string, ScheduleRow>,
  now: number,
): Plan[] {
  const wanted = new Map([...rows.keys()].map((name) => [name, '']));
  for (const { name, when, enabled } of specs) wanted.set(name, enabled ? planOf(when) : '');
  const changed = [...wanted].filter(([name, plan]) => {
    const row = rows.get(name) ?? newRow(name, now);
    return row.plan !== plan || (plan !== '' && row.decided > now);
  });
  return changed.map(([schedule, plan]) => ({ schedule, plan, decided: now }));
}

export function newRow(schedule: string, now: number): ScheduleRow {
  return { schedule, plan: '', paused: false, decided: now, last: null };
}
