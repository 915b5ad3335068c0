import { SessionNotFoundError } from '../../errors/errors.ts';
import { NotServingError, TooManyRemindersError } from '../../errors/time.ts';
import type { Delivery, Receipt } from '../journal.ts';
import {
  MISSED_KEPT,
  type MissedRow,
  type Reminder,
  type ReminderQuery,
  reminderInputId,
  type ScheduleDecision,
  type SchedulePlan,
  type ScheduleRow,
  type TimeStore,
} from '../time.ts';

/** Dependencies of the schedules and reminders in memory: the journal that contains them provides these. */
export interface MemoryTimeDeps {
  deliver(delivery: Delivery): Promise<Receipt>;
  mayDecide(generation: number): boolean;
  /** Returns whether a session ever received this input; `undefined` when there is no such session. */
  hasInput(session: string, input: string): boolean | undefined;
}

/**
 * Keeps schedules and reminders in memory. No method awaits between its checks and its writes, so each one is a
 * transaction.
 */
export class MemoryTimeStore implements TimeStore {
  readonly #deps: MemoryTimeDeps;
  readonly #schedules = new Map<string, ScheduleRow>();
  readonly #slots = new Map<string, number>();
  readonly #reminders = new Map<string, Reminder>();
  #missed: MissedRow[] = [];

  constructor(parts: MemoryTimeDeps) {
    this.#deps = parts;
  }

  async listSchedules(): Promise<ScheduleRow[]> {
    const rows = [...this.#schedules.values()].sort((a, b) => (a.schedule < b.schedule ? -1 : 1));
    return structuredClone(rows);
  }

  async listMissed(): Promise<MissedRow[]> {
    return structuredClone(this.#missed);
  }

  async savePlans(generation: number, plans: readonly SchedulePlan[]): Promise<void> {
    this.#requireServing(generation);
    for (const plan of plans) Object.assign(this.#ensureRow(plan.schedule), plan);
  }

  async decideSlots({
    schedule,
    generation,
    at,
    until,
    fire,
    missed,
  }: ScheduleDecision): Promise<Receipt | null> {
    if (generation !== null) this.#requireServing(generation);
    const row = this.#schedules.get(schedule);
    const receipt = fire && {
      session: fire.delivery.session,
      input: fire.delivery.input.id,
      seq: 0,
      duplicate: true,
    };
    if (generation !== null && row?.paused) return receipt;
    if (missed) this.#recordMissed({ schedule, ...missed, at });
    if (until !== null && row) row.decided = until;
    if (!fire || !receipt) return null;
    const fired = this.#slots.get(receipt.input);
    if (fired !== undefined) return { ...receipt, seq: fired };
    this.#ensureRow(schedule).last = { slot: receipt.input, at: fire.at, firedAt: at };
    const delivering = this.#deps.deliver(fire.delivery);
    this.#slots.set(receipt.input, 0);
    const delivered = await delivering;
    this.#slots.set(receipt.input, delivered.seq);
    return delivered;
  }

  async setPaused(schedule: string, paused: boolean, at: number): Promise<void> {
    const row = this.#ensureRow(schedule);
    if (row.paused !== paused) Object.assign(row, { paused, decided: at });
  }

  async addReminder(reminder: Reminder, limit: number): Promise<Reminder> {
    const { id, session } = reminder;
    const fired = this.#deps.hasInput(session, reminderInputId(id));
    if (fired === undefined) throw new SessionNotFoundError(session);
    const known = this.#reminders.get(id);
    if (known || fired) return { ...reminder, due: known?.due ?? reminder.due };
    const others = [...this.#reminders.values()].filter((other) => other.session === session);
    if (others.length >= limit) throw new TooManyRemindersError(session);
    this.#reminders.set(id, { ...reminder });
    return { ...reminder };
  }

  async removeReminder(id: string, session?: string): Promise<boolean> {
    const found = this.#reminders.get(id);
    return found !== undefined && (session ?? found.session) === found.session && this.#reminders.delete(id);
  }

  async fireReminder(id: string, generation: number, delivery: Delivery): Promise<Receipt | null> {
    this.#requireServing(generation);
    return this.#reminders.delete(id) ? this.#deps.deliver(delivery) : null;
  }

  async listReminders({ session, until = Infinity, after, limit }: ReminderQuery): Promise<Reminder[]> {
    return structuredClone(
      [...this.#reminders.values()]
        .filter((one) => (session ?? one.session) === one.session && one.due <= until)
        .filter((one) => !after || byDue(after, one) < 0)
        .sort(byDue)
        .slice(0, limit),
    );
  }

  async findReminder(id: string): Promise<Reminder | undefined> {
    return structuredClone(this.#reminders.get(id));
  }

  #requireServing(generation: number): void {
    if (!this.#deps.mayDecide(generation)) throw new NotServingError(generation);
  }

  #ensureRow(schedule: string): ScheduleRow {
    const row = this.#schedules.get(schedule) ?? {
      schedule,
      plan: '',
      paused: false,
      decided: 0,
      last: null,
    };
    this.#schedules.set(schedule, row);
    return row;
  }

  #recordMissed(entry: MissedRow): void {
    const others = this.#missed.filter(({ schedule }) => schedule === entry.schedule);
    const forgotten = new Set(others.slice(MISSED_KEPT - 1));
    this.#missed = [entry, ...this.#missed.filter((row) => !forgotten.has(row))];
  }
}

type DuePosition = Pick<Reminder, 'due' | 'id'>;

function byDue(a: DuePosition, b: DuePosition): number {
  return a.due - b.due || (a.id < b.id ? -1 : Number(a.id > b.id));
}
