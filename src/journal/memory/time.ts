import { SessionNotFoundError } from '../../errors/errors.ts';
import { NotServingError, TooManyRemindersError } from '../../errors/time.ts';
import type { InputDelivery, InputReceipt } from '../inbox.ts';
import {
  MISSED_KEPT,
  type MissedRow,
  type Reminder,
  reminderInputId,
  type ScheduleDecision,
  type ScheduleRow,
  type TimeStore,
} from '../time.ts';

/** Dependencies of the schedules and reminders in memory: the journal that contains them provides these. */
export interface MemoryTimeDeps {
  deliver(delivery: InputDelivery): Promise<InputReceipt>;
  isServing(generation: number): boolean;
  /** Returns whether a session ever received this input; `undefined` when there is no such session. */
  hasInput(session: string, input: string): boolean | undefined;
}

export function createMemoryTimeStore(deps: MemoryTimeDeps): TimeStore {
  const schedules = new MemorySchedules(deps);
  return {
    listSchedules: async () => schedules.listRows(),
    listMissed: async () => schedules.listMissed(),
    async savePlans(generation, plans) {
      requireServing(deps, generation);
      for (const plan of plans) Object.assign(schedules.ensureRow(plan.schedule), plan);
    },
    decideSlots: async (decision) => schedules.decideSlots(decision),
    async setPaused(schedule, paused, at) {
      const row = schedules.ensureRow(schedule);
      if (row.paused !== paused) Object.assign(row, { paused, decided: at });
    },
    ...createMemoryReminders(deps),
  };
}

class MemorySchedules {
  readonly #deps: MemoryTimeDeps;
  readonly #rows = new Map<string, ScheduleRow>();
  readonly #slots = new Map<string, number>();
  #missed: MissedRow[] = [];

  constructor(deps: MemoryTimeDeps) {
    this.#deps = deps;
  }

  listRows(): ScheduleRow[] {
    return structuredClone([...this.#rows.values()].sort((a, b) => (a.schedule < b.schedule ? -1 : 1)));
  }

  listMissed(): MissedRow[] {
    return structuredClone(this.#missed);
  }

  async decideSlots(decision: ScheduleDecision): Promise<InputReceipt | null> {
    const { schedule, generation, at, until, fire, missed } = decision;
    if (generation !== null) requireServing(this.#deps, generation);
    const row = this.#rows.get(schedule);
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
    this.ensureRow(schedule).last = { slot: receipt.input, at: fire.at, firedAt: at };
    const delivering = this.#deps.deliver(fire.delivery);
    this.#slots.set(receipt.input, 0);
    const delivered = await delivering;
    this.#slots.set(receipt.input, delivered.seq);
    return delivered;
  }

  ensureRow(schedule: string): ScheduleRow {
    const row = this.#rows.get(schedule) ?? {
      schedule,
      plan: '',
      paused: false,
      decided: 0,
      last: null,
    };
    this.#rows.set(schedule, row);
    return row;
  }

  #recordMissed(entry: MissedRow): void {
    const others = this.#missed.filter(({ schedule }) => schedule === entry.schedule);
    const forgotten = new Set(others.slice(MISSED_KEPT - 1));
    this.#missed = [entry, ...this.#missed.filter((row) => !forgotten.has(row))];
  }
}

function createMemoryReminders(
  deps: MemoryTimeDeps,
): Pick<TimeStore, 'addReminder' | 'removeReminder' | 'fireReminder' | 'listReminders' | 'findReminder'> {
  const reminders = new Map<string, Reminder>();
  return {
    async addReminder(reminder, limit) {
      const { id, session } = reminder;
      const fired = deps.hasInput(session, reminderInputId(id));
      if (fired === undefined) throw new SessionNotFoundError(session);
      const known = reminders.get(id);
      if (known || fired) return { ...reminder, due: known?.due ?? reminder.due };
      const others = [...reminders.values()].filter((other) => other.session === session);
      if (others.length >= limit) throw new TooManyRemindersError(session);
      reminders.set(id, { ...reminder });
      return { ...reminder };
    },
    async removeReminder(id, session) {
      const found = reminders.get(id);
      return found !== undefined && (session ?? found.session) === found.session && reminders.delete(id);
    },
    async fireReminder(id, generation, delivery) {
      requireServing(deps, generation);
      return reminders.delete(id) ? deps.deliver(delivery) : null;
    },
    async listReminders({ session, until = Infinity, after, limit }) {
      return structuredClone(
        [...reminders.values()]
          .filter((one) => (session ?? one.session) === one.session && one.due <= until)
          .filter((one) => !after || byDue(after, one) < 0)
          .sort(byDue)
          .slice(0, limit),
      );
    },
    findReminder: async (id) => structuredClone(reminders.get(id)),
  };
}

function requireServing({ isServing }: MemoryTimeDeps, generation: number): void {
  if (!isServing(generation)) throw new NotServingError(generation);
}

type DuePosition = Pick<Reminder, 'due' | 'id'>;

function byDue(a: DuePosition, b: DuePosition): number {
  return a.due - b.due || (a.id < b.id ? -1 : Number(a.id > b.id));
}
