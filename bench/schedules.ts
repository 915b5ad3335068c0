import { join } from 'node:path';
import { systemClock } from '../src/engine/port/ports.ts';
import type { Journal } from '../src/journal/journal.ts';
import { openSqliteJournal } from '../src/journal/sqlite/open.ts';
import type { ScheduleSpec } from '../src/schedules/ports.ts';
import { Schedules } from '../src/schedules/schedules.ts';
import { Timekeeper } from '../src/schedules/timekeeper.ts';
import { type Bench, formatMillis, formatRatio, onDisk, type Row } from './measure.ts';

const SCHEDULES = 1_000;
/** Longer than the half minute after which the wall clock is looked at again. */
const WATCHED = 35_000;
const LOOKS = 1_000;

/** What schedules cost that wait: processor time over a while, and one look at the clock. */
export const schedules: Bench = {
  name: 'schedules',
  run: () =>
    onDisk(async (folder) => {
      const journal = await openSqliteJournal(join(folder, 'journal.db'));
      const generation = await journal.openGeneration({ version: 'bench', pid: process.pid });
      const none = await processorTime(journal, generation, []);
      const many = await processorTime(journal, generation, scheduleSpecs());
      const look = await lookTime(journal, generation, scheduleSpecs());
      const least = await lookTime(journal, generation, []);
      await journal.close();
      return [rowOfWaiting(many, none), rowOfLook(look, least)];
    }),
};

/** Once a day each, and none of them soon. */
function scheduleSpecs(): ScheduleSpec[] {
  const hour = (new Date().getUTCHours() + 12) % 24;
  return Array.from({ length: SCHEDULES }, (_, index) => ({
    name: `s${index}`,
    when: { cron: `${index % 60} ${hour} * * *`, timezone: 'UTC' },
    session: `schedule/s${index}`,
    agent: 'main',
    message: 'Do it.',
    maxLate: null,
    enabled: true,
  }));
}

function portsOf(journal: Journal, generation: number) {
  return { journal, generation, clock: systemClock, poke() {}, report() {} };
}

async function processorTime(
  journal: Journal,
  generation: number,
  of: readonly ScheduleSpec[],
): Promise<number> {
  const keeper = new Timekeeper(portsOf(journal, generation), of);
  keeper.start();
  await waitFor(5_000);
  const before = process.cpuUsage();
  await waitFor(WATCHED);
  const { user, system } = process.cpuUsage(before);
  keeper.stop();
  return (user + system) / 1_000;
}

/** In microseconds, of one look that finds nothing to do. */
async function lookTime(journal: Journal, generation: number, of: readonly ScheduleSpec[]): Promise<number> {
  const one = new Schedules(portsOf(journal, generation), of);
  await one.decideDue();
  const start = performance.now();
  for (let n = 0; n < LOOKS; n += 1) await one.decideDue();
  return ((performance.now() - start) * 1_000) / LOOKS;
}

function rowOfWaiting(many: number, none: number): Row {
  const share = (many - none) / WATCHED;
  return {
    what: `processor time in ${WATCHED / 1_000} s, 1,000 schedules that wait`,
    value: formatMillis(many),
    against: `none: ${formatMillis(none)}`,
    ratio: `${(share * 100).toFixed(3)} % of a core more`,
    aim: '≤ 0.1 %',
    met: share <= 0.001,
  };
}

function rowOfLook(many: number, none: number): Row {
  return {
    what: 'one look at the clock, 1,000 schedules',
    value: `${many.toFixed(1)} µs`,
    against: `none: ${none.toFixed(1)} µs`,
    ratio: formatRatio(many / none),
    aim: '≤ 100 µs',
    met: many <= 100,
  };
}

function waitFor(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
