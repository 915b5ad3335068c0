import { createTextContent } from '../core/model/message.ts';
import { ReminderNotFoundError } from '../errors/time.ts';
import type { InputDelivery } from '../journal/inbox.ts';
import { type Reminder, type ReminderQuery, reminderInputId } from '../journal/time.ts';
import type { TimePorts } from './ports.ts';

/** Most pending reminders of one session. */
const MAX_PER_SESSION = 100;
/** Reminders that are read and fired in one batch. */
const BATCH_SIZE = 100;

/**
 * The reminders of this home: each is a row of the journal until it is due, and then becomes an input of its
 * session.
 */
export class Reminders {
  readonly #ports: TimePorts;

  constructor(ports: TimePorts) {
    this.#ports = ports;
  }

  /**
   * Fires every due reminder and resolves with the time of the next one, null without any. Rejects as the
   * same method of `Schedules` does.
   */
  async fireDue(): Promise<number | null> {
    const { journal, clock } = this.#ports;
    for (;;) {
      const due = await journal.listReminders({ until: clock.now(), limit: BATCH_SIZE });
      if (due.length === 0) break;
      const fired = await Promise.allSettled(due.map((reminder) => this.#fireReminder(reminder)));
      for (const outcome of fired) if (outcome.status === 'rejected') throw outcome.reason;
    }
    const [next] = await journal.listReminders({ limit: 1 });
    return next?.due ?? null;
  }

  /** Stores a reminder; resolves when it is durable. A reminder with the same id changes nothing. */
  addReminder(reminder: Omit<Reminder, 'createdAt'>): Promise<Reminder> {
    const { journal, clock } = this.#ports;
    return journal.addReminder({ ...reminder, createdAt: clock.now() }, MAX_PER_SESSION);
  }

  list(query: ReminderQuery): Promise<Reminder[]> {
    return this.#ports.journal.listReminders(query);
  }

  /** Removes a reminder of this session; resolves with false when it has no such reminder. */
  cancelReminder(id: string, session: string): Promise<boolean> {
    return this.#ports.journal.removeReminder(id, session);
  }

  /** Removes a reminder of any session; rejects with ReminderNotFoundError. */
  async removeReminder(id: string): Promise<Reminder> {
    const { journal } = this.#ports;
    const reminder = await journal.findReminder(id);
    if (!reminder || !(await journal.removeReminder(id))) throw new ReminderNotFoundError(id);
    return reminder;
  }

  async #fireReminder({ id, session, text }: Reminder): Promise<void> {
    const { journal, generation, clock, poke, report } = this.#ports;
    const delivery: InputDelivery = {
      session,
      agent: null,
      input: {
        kind: 'message',
        id: reminderInputId(id),
        content: createTextContent(`[reminder] ${text}`),
        mode: 'queue',
        from: 'reminder',
      },
      at: clock.now(),
    };
    if (!(await journal.fireReminder(id, generation, delivery))) return;
    poke(session);
    report('reminder:fired', { reminder: id, session });
  }
}
