import { randomUUID } from 'node:crypto';
import type { Input } from '../core/model/events.ts';
import { internalId } from '../core/model/internal-id.ts';
import { ScheduleNotFoundError } from '../errors/time.ts';
import type { Delivery, Receipt } from '../journal/journal.ts';
import type { MissedRow, ScheduleRow } from '../journal/time.ts';
import { Entry } from './entry.ts';
import { changedPlans, newRow } from './plans.ts';
import type { ScheduleSpec, TimePorts } from './ports.ts';
import { decideSlots } from './slots.ts';
import { planOf, slotId, timesOf } from './times.ts';
import { type ScheduleView, viewOf } from './view.ts';

/** Milliseconds by which the clock must be set back to be reported; smaller corrections are common. */
const NOTICEABLE = 1_000;

/**
 * The schedules of this home. The journal stores which slots are decided; this class knows the next slot of
 * each schedule and decides it when it comes. Slots depend on the wall clock alone, and a slot fires at most
 * once: a clock that is set back repeats nothing, and a clock that is set forward counts as downtime.
 */
export class Schedules {
  readonly #ports: TimePorts;
  #specs: readonly ScheduleSpec[];
  #entries = new Map<string, Entry>();
  /** Whether the entries no longer match the configuration and the journal. */
  #stale = true;
  /** Wall clock at the last check, in milliseconds since the epoch. */
  #seen = 0;

  constructor(ports: TimePorts, specs: readonly ScheduleSpec[]) {
    this.#ports = ports;
    this.#specs = specs;
  }

  /** Replaces the schedules; they apply from the next check on. */
  apply(specs: readonly ScheduleSpec[]): void {
    this.#specs = specs;
    this.#stale = true;
  }

  /**
   * Decides every slot that has come and resolves with the time of the next slot. Rejects when another
   * generation has taken over or the journal cannot be written; what remains undecided is decided at the next
   * check.
   */
  async look(): Promise<number | null> {
    const now = this.#ports.clock.now();
    if (this.#stale) await this.#refresh(now);
    if (now < this.#seen) await this.#setBack(now);
    this.#seen = now;
    const due = [...this.#entries.values()].filter(({ next }) => next !== null && next <= now);
    const decided = await Promise.allSettled(due.map((entry) => this.#decide(entry, now)));
    for (const outcome of decided) if (outcome.status === 'rejected') throw outcome.reason;
    return this.#earliest();
  }

  async list(): Promise<ScheduleView[]> {
    const { time } = this.#ports.journal;
    const [rows, missed] = await Promise.all([this.#rows(), time.missed()]);
    return this.#specs.map((spec) => this.#view(spec, rows, missed));
  }

  /**
   * Pauses or resumes a schedule. Once it resolves, that is durable and a paused schedule fires no slot.
   * Rejects with ScheduleNotFoundError.
   */
  async pause(name: string, paused: boolean): Promise<ScheduleView> {
    const spec = this.#find(name);
    const { journal, clock } = this.#ports;
    await journal.time.pause(name, paused, clock.now());
    this.#stale = true;
    return this.#view(spec, await this.#rows(), await journal.time.missed());
  }

  /**
   * Delivers the schedule's message at once, paused or not, and leaves its slots as they are. Another call
   * with the same `id` delivers nothing. Rejects with ScheduleNotFoundError.
   */
  async run(name: string, id: string = randomUUID()): Promise<Receipt> {
    const spec = this.#find(name);
    const { journal, clock, poke } = this.#ports;
    const at = clock.now();
    const delivery = deliveryOf(spec, internalId(`${name}@run:${id}`), at);
    const fire = { at: null, delivery };
    const receipt = await journal.time.decide({
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

  #find(name: string): ScheduleSpec {
    const spec = this.#specs.find((each) => each.name === name);
    if (spec) return spec;
    const names = this.#specs.map((each) => each.name);
    throw new ScheduleNotFoundError(name, names);
  }

  async #rows(): Promise<Map<string, ScheduleRow>> {
    const rows = await this.#ports.journal.time.schedules();
    return new Map(rows.map((row) => [row.schedule, row]));
  }

  #view(
    spec: ScheduleSpec,
    rows: ReadonlyMap<string, ScheduleRow>,
    missed: readonly MissedRow[],
  ): ScheduleView {
    const now = this.#ports.clock.now();
    const entry = this.#stale ? undefined : this.#entries.get(spec.name);
    const next = entry?.next ?? timesOf(spec.when).next(now);
    return viewOf(spec, rows.get(spec.name) ?? newRow(spec.name, now), missed, next);
  }

  async #refresh(now: number): Promise<void> {
    const { journal, generation } = this.#ports;
    const specs = this.#specs;
    this.#stale = false;
    try {
      const rows = await this.#rows();
      const plans = changedPlans(specs, rows, now);
      if (plans.length > 0) await journal.time.plan(generation, plans);
      for (const plan of plans) {
        rows.set(plan.schedule, { ...(rows.get(plan.schedule) ?? newRow(plan.schedule, now)), ...plan });
      }
      const entries = specs
        .filter(({ enabled }) => enabled)
        .map((spec): [string, Entry] => {
          const row = rows.get(spec.name) ?? newRow(spec.name, now);
          return [spec.name, new Entry(spec, row, this.#entries.get(spec.name))];
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
  async #setBack(now: number): Promise<void> {
    const { journal, generation, report } = this.#ports;
    if (this.#seen - now >= NOTICEABLE) report('clock:set_back', { from: this.#seen, to: now });
    const back = [...this.#entries.values()].filter(({ after }) => after > now);
    if (back.length === 0) return;
    const plans = back.map(({ spec }) => ({ schedule: spec.name, plan: planOf(spec.when), decided: now }));
    await journal.time.plan(generation, plans);
    for (const entry of back) entry.begin(now);
  }

  async #decide(entry: Entry, now: number): Promise<void> {
    const { journal, generation, poke, report } = this.#ports;
    const { spec, times } = entry;
    const after = entry.undecided(now);
    const verdict = decideSlots(times, after, now, spec.maxLate);
    if (!verdict) return entry.begin(after);
    const { fire, missed, until } = verdict;
    const slot = fire === null ? null : slotId(spec.name, fire);
    const fired = await journal.time.decide({
      schedule: spec.name,
      generation,
      at: now,
      until,
      fire: slot === null ? null : { at: fire, delivery: deliveryOf(spec, slot, now) },
      missed,
    });
    entry.begin(until);
    if (missed) report('schedule:missed', { schedule: spec.name, ...missed });
    if (fire !== null) entry.fired(fire);
    if (!fired || fired.duplicate) return;
    poke(fired.session);
    report('schedule:fired', { schedule: spec.name, slot, session: fired.session });
  }

  #earliest(): number | null {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { next } of this.#entries.values()) if (next !== null) earliest = Math.min(earliest, next);
    return Number.isFinite(earliest) ? earliest : null;
  }
}

function deliveryOf({ name, session, agent, message }: ScheduleSpec, id: string, at: number): Delivery {
  const input: Input = { kind: 'message', id, text: message, mode: 'queue', from: `schedule:${name}` };
  return { session, agent, input, at };
}
