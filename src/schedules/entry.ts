import type { ScheduleRow } from '../journal/time.ts';
import type { ScheduleSpec } from './ports.ts';
import { planOf, type Times, timesOf } from './times.ts';

/** A schedule that runs: how far it is decided, and when its next slot is. */
export class Entry {
  readonly spec: ScheduleSpec;
  readonly times: Times;
  /** Every slot up to here is decided. */
  after = 0;
  next: number | null = null;
  /** Moment of the slot that fired last, by whatever clock. */
  #lastAt: number;
  readonly #paused: boolean;

  /** `former` is the entry that this one replaces: reading a cron expression is the dear part. */
  constructor(spec: ScheduleSpec, { decided, paused, last }: ScheduleRow, former?: Entry) {
    const same = former !== undefined && planOf(former.spec.when) === planOf(spec.when);
    this.spec = spec;
    this.times = same ? former.times : timesOf(spec.when);
    this.#paused = paused;
    this.#lastAt = last?.at ?? 0;
    this.begin(decided);
  }

  begin(after: number): void {
    this.after = after;
    this.next = this.#paused ? null : this.times.next(after);
  }

  fired(at: number): void {
    this.#lastAt = at;
  }

  /**
   * From where on slots are undecided. Not before one that has fired: a clock that was wrong for a while may have
   * taken `after` far back, and nothing was missed since then.
   */
  undecided(now: number): number {
    return this.#lastAt <= now ? Math.max(this.after, this.#lastAt) : this.after;
  }
}
