import type { ScheduleRow } from '../journal/time.ts';
import type { ScheduleSpec } from './ports.ts';
import { createSlotTimes, describePlan, type SlotTimes } from './times.ts';

/** State of one enabled schedule: up to which moment its slots are decided, and when its next slot is. */
export class ScheduleState {
  readonly spec: ScheduleSpec;
  readonly times: SlotTimes;
  /** Every slot up to this moment is decided; milliseconds since the epoch. */
  after = 0;
  next: number | null = null;
  /**
   * Time of the slot that fired last, in milliseconds since the epoch, whether or not the clock was right
   * then.
   */
  #lastAt: number;
  readonly #paused: boolean;

  /**
   * `former` is the entry that this one replaces; its parsed times are reused, because parsing a cron
   * expression is slow.
   */
  constructor(spec: ScheduleSpec, { decided, paused, last }: ScheduleRow, former?: ScheduleState) {
    const same = former !== undefined && describePlan(former.spec.when) === describePlan(spec.when);
    this.spec = spec;
    this.times = same ? former.times : createSlotTimes(spec.when);
    this.#paused = paused;
    this.#lastAt = last?.at ?? 0;
    this.advanceTo(decided);
  }

  advanceTo(after: number): void {
    this.after = after;
    this.next = this.#paused ? null : this.times.next(after);
  }

  recordFired(at: number): void {
    this.#lastAt = at;
  }

  /**
   * Returns the moment after which slots are undecided. It is never before the slot that fired last: a wrong
   * clock may have moved `after` far back, and no slot was missed since.
   */
  undecidedFrom(now: number): number {
    return this.#lastAt <= now ? Math.max(this.after, this.#lastAt) : this.after;
  }
}
