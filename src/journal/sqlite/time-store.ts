import type { Delivery, Receipt } from '../journal.ts';
import type { Decision, Plan, Reminder, ReminderQuery, TimeStore } from '../time.ts';
import type { TimeReader } from './read/time-reader.ts';
import type { DeliverOperation } from './write/delivery.ts';
import type { Done, Operation } from './write/operation.ts';
import { encodeInput } from './write/records.ts';

/**
 * Schedules and reminders on SQLite: reads on the main thread, and writes through the writer thread of the
 * journal.
 */
export class SqliteTimeStore implements TimeStore {
  readonly #reader: TimeReader;
  readonly #write: (operation: Operation) => Promise<Done>;

  constructor(reader: TimeReader, write: (operation: Operation) => Promise<Done>) {
    this.#reader = reader;
    this.#write = write;
  }

  async schedules() {
    return this.#reader.schedules();
  }

  async missed() {
    return this.#reader.missed();
  }

  async plan(generation: number, plans: readonly Plan[]): Promise<void> {
    await this.#write({ kind: 'plan', generation, plans });
  }

  async decide({ fire, ...decision }: Decision): Promise<Receipt | null> {
    const slot = fire && { at: fire.at, deliver: deliverOperation(fire.delivery) };
    const answer = await this.#write({ kind: 'decide', ...decision, fire: slot });
    return fire && receiptOf(fire.delivery, answer);
  }

  async pause(schedule: string, paused: boolean, at: number): Promise<void> {
    await this.#write({ kind: 'pause', schedule, paused, at });
  }

  async addReminder(reminder: Reminder, limit: number): Promise<Reminder> {
    const { session } = reminder;
    const { value } = await this.#write({ kind: 'add_reminder', reminder, limit, session });
    return { ...reminder, due: value };
  }

  async removeReminder(id: string, session?: string): Promise<boolean> {
    const { value } = await this.#write({ kind: 'remove_reminder', id, session: session ?? null });
    return value > 0;
  }

  async fireReminder(id: string, generation: number, delivery: Delivery): Promise<Receipt | null> {
    const deliver = deliverOperation(delivery);
    const answer = await this.#write({ kind: 'fire_reminder', id, generation, deliver });
    return answer.value < 0 ? null : receiptOf(delivery, answer);
  }

  async reminders(query: ReminderQuery) {
    return this.#reader.reminders(query);
  }

  async reminder(id: string) {
    return this.#reader.reminder(id);
  }
}

export function deliverOperation({ session, agent, input, at }: Delivery): DeliverOperation {
  const decides = input.kind === 'approval' ? input.approval : null;
  return { kind: 'deliver', session, agent, input: input.id, at, ...encodeInput(input), decides };
}

export function receiptOf({ session, input }: Delivery, { value, duplicate }: Done): Receipt {
  return { session, input: input.id, seq: value, duplicate };
}
