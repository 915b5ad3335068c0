import { createNodeClient } from '../../client/node.ts';
import { formatDuration } from '../../config/fields/units.ts';
import type { ScheduleBody } from '../../protocol/time.ts';
import { print, printJson } from '../../terminal/output.ts';
import { formatTable, type TableColumn } from '../../terminal/table.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import type { CliContext } from '../kit/context.ts';

/** Missed slots are listed for this many milliseconds after they were noticed; older ones no longer matter. */
const RECENT_PERIOD = 7 * 24 * 60 * 60_000;

export async function printSchedules({ target, json }: CliContext): Promise<void> {
  const list = await createNodeClient(target).listSchedules();
  if (json) return printJson(list);
  if (list.schedules.length === 0) return print('No schedules.');
  for (const line of formatTable(scheduleColumns(Date.now()), list.schedules, process.stdout.isTTY === true))
    print(line);
}

function scheduleColumns(now: number): TableColumn<ScheduleBody>[] {
  return [
    { title: 'SCHEDULE', max: 40, cell: ({ name }) => name },
    { title: 'WHEN', max: 40, cell: formatRecurrence },
    { title: 'NEXT', cell: (schedule) => formatNextSlot(schedule, now) },
    { title: 'LAST', cell: ({ last }) => (last ? formatRelativeTime(last.firedAt, now) : '-') },
    { title: 'MISSED', cell: (schedule) => formatMissed(schedule, now) },
    { title: 'SESSION', max: 60, cell: ({ session }) => toOneLine(session, 600) },
  ];
}

function formatRecurrence({ cron = '', timezone, every }: ScheduleBody): string {
  return every === undefined ? toOneLine(`${cron} ${timezone}`, 200) : `every ${formatDuration(every)}`;
}

function formatNextSlot({ enabled, paused, next }: ScheduleBody, now: number): string {
  if (!enabled) return 'disabled';
  if (paused) return 'paused';
  return next === null ? 'never' : formatRelativeTime(next, now);
}

function formatMissed({ missed }: ScheduleBody, now: number): string {
  const recent = missed.filter(({ at }) => now - at < RECENT_PERIOD);
  const [latest] = recent;
  if (!latest) return '-';
  const count = recent.reduce((sum, each) => sum + each.count, 0);
  return `${count}, the last ${formatRelativeTime(latest.last, now)}`;
}
