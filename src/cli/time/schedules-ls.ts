import { connect } from '../../client/client.ts';
import { formatDuration } from '../../config/fields/units.ts';
import type { ScheduleBody } from '../../protocol/time.ts';
import { print, printJson } from '../../terminal/output.ts';
import { type Column, table } from '../../terminal/table.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';
import type { Cli } from '../kit/context.ts';

/** Missed slots are listed for this many milliseconds after they were noticed; older ones no longer matter. */
const RECENT = 7 * 24 * 60 * 60_000;

export async function listSchedules({ target, json }: Cli): Promise<void> {
  const list = await connect(target).schedules();
  if (json) return printJson(list);
  if (list.schedules.length === 0) return print('No schedules.');
  for (const line of table(columns(Date.now()), list.schedules, process.stdout.isTTY === true)) print(line);
}

function columns(now: number): Column<ScheduleBody>[] {
  return [
    { title: 'SCHEDULE', max: 40, cell: ({ name }) => name },
    { title: 'WHEN', max: 40, cell: whenOf },
    { title: 'NEXT', cell: (schedule) => nextOf(schedule, now) },
    { title: 'LAST', cell: ({ last }) => (last ? relativeTime(last.firedAt, now) : '-') },
    { title: 'MISSED', cell: (schedule) => missedOf(schedule, now) },
    { title: 'SESSION', max: 60, cell: ({ session }) => oneLine(session, 600) },
  ];
}

function whenOf({ cron = '', timezone, every }: ScheduleBody): string {
  return every === undefined ? oneLine(`${cron} ${timezone}`, 200) : `every ${formatDuration(every)}`;
}

function nextOf({ enabled, paused, next }: ScheduleBody, now: number): string {
  if (!enabled) return 'disabled';
  if (paused) return 'paused';
  return next === null ? 'never' : relativeTime(next, now);
}

function missedOf({ missed }: ScheduleBody, now: number): string {
  const recent = missed.filter(({ at }) => now - at < RECENT);
  const [latest] = recent;
  if (!latest) return '-';
  const count = recent.reduce((sum, each) => sum + each.count, 0);
  return `${count}, the last ${relativeTime(latest.last, now)}`;
}
