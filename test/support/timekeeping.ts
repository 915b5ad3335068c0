import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { ScheduleSpec } from '../../src/schedules/ports.ts';
import { Timekeeper } from '../../src/schedules/timekeeper.ts';
import { TestClock } from './clock.ts';

/** A timekeeper on a clock of the test, with what it delivered and what it missed. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const NINE: Partial<ScheduleSpec> = { when: { cron: '0 9 * * *', timezone: 'UTC' } };
export const EVERY_MINUTE: Partial<ScheduleSpec> = { when: { every: MINUTE } };

export function scheduleSpec(more: Partial<ScheduleSpec> = {}): ScheduleSpec {
  const { name = 'daily' } = more;
  const session = `schedule/${name}`;
  return {
    name,
    when: { every: HOUR },
    session,
    agent: 'main',
    message: 'Do it.',
    maxLate: MINUTE,
    enabled: true,
    ...more,
  };
}

interface World {
  clock: TestClock;
  journal: Journal;
  keeper: Timekeeper;
  poked: string[];
  reports: string[];
}

export async function startTimekeeper(
  iso: string,
  specs: ScheduleSpec[],
  given: { journal?: Journal; clock?: TestClock } = {},
): Promise<World> {
  const { journal = createMemoryJournal(), clock = new TestClock(iso) } = given;
  clock.setWallClock(iso);
  const generation = await journal.openGeneration({ version: 'test', pid: 1 });
  const poked: string[] = [];
  const reports: string[] = [];
  const ports = {
    journal,
    generation,
    clock,
    poke: (session: string) => poked.push(session),
    report: (event: string) => reports.push(event),
  };
  const keeper = new Timekeeper(ports, specs);
  keeper.start();
  await clock.advanceBy(0);
  return { clock, journal, keeper, poked, reports };
}

/** The same home, `iso` later: a new process. */
export async function restartTimekeeper(world: World, iso: string, specs: ScheduleSpec[]): Promise<World> {
  world.keeper.stop();
  return startTimekeeper(iso, specs, { journal: world.journal, clock: world.clock });
}

export async function firedSlots({ journal }: World, session = 'schedule/daily'): Promise<string[]> {
  return (await journal.readInbox(session)).map(({ input }) =>
    input.id.replace(/^midturn:\w+@|:00\.000Z$/g, ''),
  );
}

export async function missedSlots({ keeper }: World) {
  const [view] = await keeper.listSchedules();
  return view?.missed.map(({ first, last, count }) => [isoOf(first), isoOf(last), count]);
}

function isoOf(at: number): string {
  return new Date(at).toISOString().slice(0, 16);
}
