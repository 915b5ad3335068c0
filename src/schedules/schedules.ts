import { randomUUID } from 'node:crypto';
import type { Input } from '../core/model/events.ts';
import { createInternalId } from '../core/model/internal-id.ts';
import { createTextContent } from '../core/model/message.ts';
import { createScheduleSender } from '../core/usage/origin.ts';
import { ScheduleNotFoundError } from '../errors/time.ts';
import type { InputDelivery, InputReceipt } from '../journal/inbox.ts';
import type { MissedRow, ScheduleRow } from '../journal/time.ts';
import { ScheduleState } from './entry.ts';
import { createRow, findChangedPlans } from './plans.ts';
import type { ScheduleSpec, TimePorts } from './ports.ts';
import { decideSlots } from './slots.ts';
import { createSlotTimes, describePlan, makeSlotId } from './times.ts';
import { buildScheduleView, type ScheduleView } from './view.ts';

/** Milliseconds by which the clock must be set back to be reported; smaller corrections are common. */
const MIN_REPORTED_SETBACK = 1_000;

/**
 * The schedules of this home. The journal stores which slots are decided; this class knows the next slot of
 * each schedule and decides it when it comes. Slots depend on the wall clock alone, and a slot fires at most
 * once: a clock that is set back repeats nothing, and a clock that is set forward counts as downtime.
 */
export class Schedules {
  readonly #ports: TimePorts;
  #specs: readonly ScheduleSpec[];
  #entries = new Map<string, ScheduleState>();
  /** Whether the entries no longer match the configuration and the journal. */
  #stale = true;
  /** Wall clock at the last check, in milliseconds since the epoch. */
  #seen = 0;

  constructor(ports: TimePorts, specs: readonly ScheduleSpec[]) {
    this.#ports = ports;
    this.#specs = specs;
  }

  /** Replaces the schedules; they apply from the next check on. */
  applySpecs(specs: readonly ScheduleSpec[]): void {
    this.#specs = specs;
    this.#stale = true;
  }

  /**
   * Decides every slot that has come and resolves with the time of the next slot. Rejects when another
   * generation has taken over or the journal cannot be written; what remains undecided is decided at the next
   * check.
   */
  async decideDue(): Promise<number | null> {
    const now = this.#ports.clock.now();
    if (this.#stale) await this.#refreshEntries(now);
    if (now < this.#seen) await this.#handleClockSetBack(now);
    this.#seen = now;
    const due = [...this.#entries.values()].filter(({ next }) => next !== null && next <= now);
    const decided = await Promise.allSettled(due.map((entry) => this.#decideEntry(entry, now)));
    for (const outcome of decided) if (outcome.status === 'rejected') throw outcome.reason;
    return this.#earliestSlot();
  }

  async list(): Promise<ScheduleView[]> {
    const [rows, missed] = await Promise.all([this.#readRows(), this.#ports.journal.listMissed()]);
    return this.#specs.map((spec) => this.#buildView(spec, rows, missed));
  }

  /**
   * Pauses or resumes a schedule. Once it resolves, that is durable and a paused schedule fires no slot.
   * Rejects with ScheduleNotFoundError.
   */
  async setPaused(name: string, paused: boolean): Promise<ScheduleView> {
    const spec = this.#findSpec(name);
    const { journal, clock } = this.#ports;
    await journal.setPaused(name, paused, clock.now());
    this.#stale = true;
    return this.#buildView(spec, await this.#readRows(), await journal.listMissed());
  }

  /**
   * Delivers the schedule's message at once, paused or not, and leaves its slots as they are. Another call
   * with the same `id` delivers nothing. Rejects with ScheduleNotFoundError.
   */
  async runNow(name: string, id: string = randomUUID()): Promise<InputReceipt> {
    const spec = this.#findSpec(name);
    const { journal, clock, poke } = this.#ports;
    const at = clock.now();
    const delivery = deliveryOf(spec, createInternalId(`${name}@run:${id}`), at);
    const fire = { at: null, delivery };
    const receipt = await journal.decideSlots({
      schedule: name,
      generation: null,
      at,
      until: null,
      fire,
      missed: null,
    });
    poke(delivery.session);
    return receipt ?? { session: delivery.session, input: delivery.input.id, seq: 0, duplicate: true };
  }

  #findSpec(name: string): ScheduleSpec {
    const spec = this.#specs.find((each) => each.name === name);
    if (spec) return spec;
    const names = this.#specs.map((each) => each.name);
    throw new ScheduleNotFoundError(name, names);
  }

  async #readRows(): Promise<Map<string, ScheduleRow>> {
    const rows = await this.#ports.journal.listSchedules();
    return new Map(rows.map((row) => [row.schedule, row]));
  }

  #buildView(
    spec: ScheduleSpec,
    rows: ReadonlyMap<string, ScheduleRow>,
    missed: readonly MissedRow[],
  ): ScheduleView {
    const now = this.#ports.clock.now();
    const entry = this.#stale ? undefined : this.#entries.get(spec.name);
    const next = entry?.next ?? createSlotTimes(spec.when).next(now);
    return buildScheduleView(spec, rows.get(spec.name) ?? createRow(spec.name, now), missed, next);
  }

  async #refreshEntries(now: number): Promise<void> {
    const { journal, generation } = this.#ports;
    const specs = this.#specs;
    this.#stale = false;
    try {
      const rows = await this.#readRows();
      const plans = findChangedPlans(specs, rows, now);
      if (plans.length > 0) await journal.savePlans(generation, plans);
      for (const plan of plans) {
        rows.set(plan.schedule, { ...(rows.get(plan.schedule) ?? createRow(plan.schedule, now)), ...plan });
      }
      const entries = specs
        .filter(({ enabled }) => enabled)
        .map((spec): [string, ScheduleState] => {
          const row = rows.get(spec.name) ?? createRow(spec.name, now);
          return [spec.name, new ScheduleState(spec, row, this.#entries.get(spec.name))];
        });
      this.#entries = new Map(entries);
    } catch (error) {
      this.#stale = true;
      throw error;
    }
  }

  /**
   * Undecides the slots after `now`, because they come a second time; the journal knows which of them have
   * fired.
   */
  async #handleClockSetBack(now: number): Promise<void> {
    const { journal, generation, report } = this.#ports;
    if (this.#seen - now >= MIN_REPORTED_SETBACK) report('clock:set_back', { from: this.#seen, to: now });
    const back = [...this.#entries.values()].filter(({ after }) => after > now);
    if (back.length === 0) return;
    const plans = back.map(({ spec }) => ({
      schedule: spec.name,
      plan: describePlan(spec.when),
      decided: now,
    }));
    await journal.savePlans(generation, plans);
    for (const entry of back) entry.advanceTo(now);
  }

  async #decideEntry(entry: ScheduleState, now: number): Promise<void> {
    const { journal, generation, poke, report } = this.#ports;
    const { spec, times } = entry;
    const after = entry.undecidedFrom(now);
    const verdict = decideSlots(times, after, now, spec.maxLate);
    if (!verdict) return entry.advanceTo(after);
    const { fire, missed, until } = verdict;
    const slot = fire === null ? null : makeSlotId(spec.name, fire);
    const fired = await journal.decideSlots({
      schedule: spec.name,
      generation,
      at: now,
      until,
      fire: slot === null ? null : { at: fire, delivery: deliveryOf(spec, slot, now) },
      missed,
    });
    entry.advanceTo(until);
    if (missed) report('schedule:missed', { schedule: spec.name, ...missed });
    if (fire !== null) entry.recordFired(fire);
    if (!fired || fired.duplicate) return;
    poke(fired.session);
    report('schedule:fired', { schedule: spec.name, slot, session: fired.session });
  }

  #earliestSlot(): number | null {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { next } of this.#entries.values()) if (next !== null) earliest = Math.min(earliest, next);
    return Number.isFinite(earliest) ? earliest : null;
  }
}

function deliveryOf({ name, session, agent, message }: ScheduleSpec, id: string, at: number): InputDelivery {
  const content = createTextContent(message);
  const input: Input = { kind: 'message', id, content, mode: 'queue', from: createScheduleSender(name) };
  return { session, agent, input, at };
}
