import { NotServingError } from '../errors/time.ts';
import type { InputReceipt } from '../journal/inbox.ts';
import type { Reminder, ReminderQuery } from '../journal/time.ts';
import { Alarm } from './alarm.ts';
import type { ScheduleSpec, TimePorts } from './ports.ts';
import { Reminders } from './reminders.ts';
import { Schedules } from './schedules.ts';
import type { ScheduleView } from './view.ts';

/** Milliseconds until the next try when the journal cannot be read or written. */
const RETRY_DELAY = 1_000;

/**
 * Runs schedules and reminders between `start` and `stop`, that is, while its generation serves. Queries and
 * changes are possible at any time.
 */
export class Timekeeper {
  readonly #ports: TimePorts;
  readonly #schedules: Schedules;
  readonly #reminders: Reminders;
  readonly #alarm: Alarm;

  constructor(ports: TimePorts, specs: readonly ScheduleSpec[]) {
    this.#ports = ports;
    this.#schedules = new Schedules(ports, specs);
    this.#reminders = new Reminders(ports);
    this.#alarm = new Alarm(ports.clock, () => this.#runDue());
  }

  start(): void {
    this.#alarm.start();
  }

  stop(): void {
    this.#alarm.stopAlarm();
  }

  applySchedules(specs: readonly ScheduleSpec[]): void {
    this.#schedules.applySpecs(specs);
    this.#alarm.checkNow();
  }

  listSchedules(): Promise<ScheduleView[]> {
    return this.#schedules.list();
  }

  /** Pauses or resumes a schedule; rejects with ScheduleNotFoundError, as `runSchedule` does. */
  async pauseSchedule(name: string, paused: boolean): Promise<ScheduleView> {
    const view = await this.#schedules.setPaused(name, paused);
    this.#alarm.checkNow();
    return view;
  }

  runSchedule(name: string, id?: string): Promise<InputReceipt> {
    return this.#schedules.runNow(name, id);
  }

  listReminders(query: ReminderQuery): Promise<Reminder[]> {
    return this.#reminders.list(query);
  }

  /** Stores a reminder and resolves when it is durable; rejects with TooManyRemindersError. */
  async addReminder(reminder: Omit<Reminder, 'createdAt'>): Promise<Reminder> {
    const added = await this.#reminders.addReminder(reminder);
    this.#alarm.checkNow();
    return added;
  }

  /** Removes a reminder of this session; resolves with false when it has no such reminder. */
  cancelReminder(id: string, session: string): Promise<boolean> {
    return this.#reminders.cancelReminder(id, session);
  }

  /** Removes a reminder of any session; rejects with ReminderNotFoundError. */
  removeReminder(id: string): Promise<Reminder> {
    return this.#reminders.removeReminder(id);
  }

  now(): number {
    return this.#ports.clock.now();
  }

  async #runDue(): Promise<number | null> {
    try {
      const next = await Promise.all([this.#schedules.decideDue(), this.#reminders.fireDue()]);
      const times = next.filter((time) => time !== null);
      return times.length === 0 ? null : Math.min(...times);
    } catch (error) {
      if (error instanceof NotServingError) {
        this.#ports.report('time:fenced', {});
        this.stop();
      } else {
        this.#ports.report('time:failed', { error });
      }
      return this.#ports.clock.now() + RETRY_DELAY;
    }
  }
}
