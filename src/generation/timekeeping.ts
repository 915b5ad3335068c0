import type { Config } from '../config/schema/resolve.ts';
import { systemClock } from '../engine/port/ports.ts';
import type { ScheduleSpec, TimePorts } from '../schedules/ports.ts';
import { Timekeeper } from '../schedules/timekeeper.ts';
import type { ReminderPort } from '../tools/reminders/book.ts';
import { getLocalTimezone } from '../util/cron.ts';

/**
 * A slot that is late by less than this, in milliseconds, does not count as missed, because a short restart of the
 * daemon must not skip it.
 */
const SKIP_TOLERANCE = 60_000;

/** Maximum number of reminders that a tool lists; a session cannot have more. */
const MAX_LISTED_REMINDERS = 1_000;

type Schedule = Config['schedules'][string];

export function createTimekeeper(ports: Omit<TimePorts, 'clock'>, config: Config): Timekeeper {
  return new Timekeeper({ ...ports, clock: systemClock }, toScheduleSpecs(config));
}

/** Builds the timekeeper's view of the schedules in a configuration, with defaults filled in. */
export function toScheduleSpecs({ schedules, defaultAgent }: Config): ScheduleSpec[] {
  return Object.entries(schedules).map(([name, schedule]) => {
    const { agent = defaultAgent, session = `schedule/${name}`, message, enabled } = schedule;
    const maxLate = latenessOf(schedule.missed);
    return { name, when: whenOf(schedule), agent, session, message, maxLate, enabled };
  });
}

function whenOf({ cron, every, timezone = getLocalTimezone() }: Schedule): ScheduleSpec['when'] {
  // One of the two is set: the configuration was checked.
  return cron === undefined ? { every: every ?? Number.POSITIVE_INFINITY } : { cron, timezone };
}

function latenessOf(missed: Schedule['missed']): number | null {
  if (missed === 'run') return null;
  return missed === 'skip' ? SKIP_TOLERANCE : missed.maxLate;
}

/** Creates the port through which tools read and change the reminders of a session. */
export function createReminderBook(time: Timekeeper): ReminderPort {
  return {
    now: () => time.now(),
    add: (reminder) => time.addReminder(reminder),
    list: (session) => time.listReminders({ session, limit: MAX_LISTED_REMINDERS }),
    cancel: (id, session) => time.cancelReminder(id, session),
  };
}
