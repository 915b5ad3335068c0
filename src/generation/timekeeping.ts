import type { Config } from '../config/schema/resolve.ts';
import { systemClock } from '../runner/port/ports.ts';
import type { ScheduleSpec, TimePorts } from '../schedules/ports.ts';
import { Timekeeper } from '../schedules/timekeeper.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ReminderBook } from '../tools/reminders/book.ts';
import { localTimezone } from '../util/cron.ts';

/**
 * A slot that is late by less than this, in milliseconds, does not count as missed, because a short restart of the
 * daemon must not skip it.
 */
const NOT_MISSED = 60_000;

/** Maximum number of reminders that a tool lists; a session cannot have more. */
const ALL = 1_000;

type Schedule = Config['schedules'][string];

export function createTimekeeper(
  around: Pick<TimePorts, 'journal' | 'generation' | 'poke'> & { log: Logger },
  config: Config,
): Timekeeper {
  const { log, ...ports } = around;
  const report: TimePorts['report'] = (event, about) =>
    log[QUIET.has(event) ? 'debug' : 'warn'](about, event);
  return new Timekeeper({ ...ports, clock: systemClock, report }, schedulesOf(config));
}

const QUIET: ReadonlySet<string> = new Set(['schedule:fired', 'reminder:fired', 'time:fenced']);

/** Builds the timekeeper's view of the schedules in a configuration, with defaults filled in. */
export function schedulesOf({ schedules, defaultAgent }: Config): ScheduleSpec[] {
  return Object.entries(schedules).map(([name, schedule]) => {
    const { agent = defaultAgent, session = `schedule/${name}`, message, enabled } = schedule;
    const maxLate = latenessOf(schedule.missed);
    return { name, when: whenOf(schedule), agent, session, message, maxLate, enabled };
  });
}

function whenOf({ cron, every, timezone = localTimezone() }: Schedule): ScheduleSpec['when'] {
  // One of the two is set: the configuration was checked.
  return cron === undefined ? { every: every ?? Number.POSITIVE_INFINITY } : { cron, timezone };
}

function latenessOf(missed: Schedule['missed']): number | null {
  if (missed === 'run') return null;
  return missed === 'skip' ? NOT_MISSED : missed.maxLate;
}

/** Creates the port through which tools read and change the reminders of a session. */
export function reminderBook(time: Timekeeper): ReminderBook {
  return {
    now: () => time.now(),
    add: (reminder) => time.addReminder(reminder),
    list: (session) => time.reminders({ session, limit: ALL }),
    cancel: (id, session) => time.cancelReminder(id, session),
  };
}
