import type { Delivery, Receipt } from '../journal.ts';
import type { Reminder, ReminderQuery, ScheduleDecision, SchedulePlan, TimeStore } from '../time.ts';
import type { TimeReader } from './read/time-reader.ts';
import type { DeliverOperation } from './write/delivery.ts';
import type { WriteDone, WriteOperation } from './write/operation.ts';
import { encodeInput } from './write/records.ts';

/**
 * Schedules and reminders on SQLite: reads on the main thread, and writes through the writer thread of the
 * journal.
 */
export class SqliteTimeStore implements TimeStore {
  readonly #reader: TimeReader;
  readonly #write: (operation: WriteOperation) => Promise<WriteDone>;

  constructor(reader: TimeReader, write: (operation: WriteOperation) => Promise<WriteDone>) {
    this.#reader = reader;
    this.#write = write;
  }

  async listSchedules() {
    return this.#reader.listSchedules();
  }

  async listMissed() {
    return this.#reader.listMissed();
  }

  async savePlans(generation: number, plans: readonly SchedulePlan[]): Promise<void> {
    await this.#write({ kind: 'plan', generation, plans });
  }

  async decideSlots({ fire, ...decision }: ScheduleDecision): Promise<Receipt | null> {
    const slot = fire && { at: fire.at, deliver: toDeliverOperation(fire.delivery) };
    const answer = await this.#write({ kind: 'decide', ...decision, fire: slot });
    return fire && toReceipt(fire.delivery, answer);
  }

  async setPaused(schedule: string, paused: boolean, at: number): Promise<void> {
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
    const deliver = toDeliverOperation(delivery);
    const answer = await this.#write({ kind: 'fire_reminder', id, generation, deliver });
    return answer.value < 0 ? null : toReceipt(delivery, answer);
  }

  async listReminders(query: ReminderQuery) {
    return this.#reader.listReminders(query);
  }

  async findReminder(id: string) {
    return this.#reader.findReminder(id);
  }
}

export function toDeliverOperation({ session, agent, input, at }: Delivery): DeliverOperation {
  const decides = input.kind === 'approval' ? input.approval : null;
  return { kind: 'deliver', session, agent, input: input.id, at, ...encodeInput(input), decides };
}

export function toReceipt({ session, input }: Delivery, { value, duplicate }: WriteDone): Receipt {
  return { session, input: input.id, seq: value, duplicate };
}
