import { ReminderNotFoundError } from '../errors/time.ts';
import type { Delivery } from '../journal/journal.ts';
import { type Reminder, type ReminderQuery, reminderInput } from '../journal/time.ts';
import type { TimePorts } from './ports.ts';

/** Reminders that a session may have at once. */
const PER_SESSION = 100;
/** Fired with one look at the journal. */
const AT_ONCE = 100;

/** The reminders of this home: each is a row of the journal until it is due, and then an input of its session. */
export class Reminders {
  readonly #ports: TimePorts;

  constructor(ports: TimePorts) {
    this.#ports = ports;
  }

  /** Fires every reminder that is due and tells when the next one is; rejects as `Schedules.look` does. */
  async look(): Promise<number | null> {
    const { journal, clock } = this.#ports;
    for (;;) {
      const due = await journal.time.reminders({ until: clock.now(), limit: AT_ONCE });
      if (due.length === 0) break;
      const fired = await Promise.allSettled(due.map((reminder) => this.#fire(reminder)));
      for (const outcome of fired) if (outcome.status === 'rejected') throw outcome.reason;
    }
    const [next] = await journal.time.reminders({ limit: 1 });
    return next?.due ?? null;
  }

  /** Durable when it resolves; the same id again changes nothing. */
  add(reminder: Omit<Reminder, 'createdAt'>): Promise<Reminder> {
    const { journal, clock } = this.#ports;
    return journal.time.addReminder({ ...reminder, createdAt: clock.now() }, PER_SESSION);
  }

  list(query: ReminderQuery): Promise<Reminder[]> {
    return this.#ports.journal.time.reminders(query);
  }

  /** Whether there was such a reminder in this session. */
  cancel(id: string, session: string): Promise<boolean> {
    return this.#ports.journal.time.removeReminder(id, session);
  }

  /** Rejects with ReminderNotFoundError. */
  async remove(id: string): Promise<Reminder> {
    const { time } = this.#ports.journal;
    const reminder = await time.reminder(id);
    if (!reminder || !(await time.removeReminder(id))) throw new ReminderNotFoundError(id);
    return reminder;
  }

  async #fire({ id, session, text }: Reminder): Promise<void> {
    const { journal, generation, clock, poke, report } = this.#ports;
    const delivery: Delivery = {
      session,
      // Of no account: a session that has a reminder exists.
      agent: '',
      input: {
        kind: 'message',
        id: reminderInput(id),
        text: `[reminder] ${text}`,
        mode: 'queue',
        from: 'reminder',
      },
      at: clock.now(),
    };
    if (!(await journal.time.fireReminder(id, generation, delivery))) return;
    poke(session);
    report('reminder:fired', { reminder: id, session });
  }
}
