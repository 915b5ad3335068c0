import type { Clock } from '../../port/ports.ts';

/** Time limit of a tool call; the time does not run while the call waits for an approver or a client. */
export class TimeLimit {
  readonly #clock: Clock;
  readonly #over: () => void;
  #left: number;
  #since = 0;
  #stops = 0;
  #cancel = () => {};

  constructor(clock: Clock, milliseconds: number, over: () => void) {
    this.#clock = clock;
    this.#left = milliseconds;
    this.#over = over;
    this.#resumeTimer();
  }

  /** Pauses the time limit until the work settles; overlapping pauses end with the last of them. */
  async pauseDuring<T>(work: () => Promise<T>): Promise<T> {
    this.#stops += 1;
    if (this.#stops === 1) this.#pauseTimer();
    try {
      return await work();
    } finally {
      this.#stops -= 1;
      if (this.#stops === 0) this.#resumeTimer();
    }
  }

  cancelTimer(): void {
    this.#stops = Number.POSITIVE_INFINITY;
    this.#cancel();
  }

  #resumeTimer(): void {
    this.#since = this.#clock.now();
    this.#cancel = this.#clock.after(Math.max(0, this.#left), this.#over);
  }

  #pauseTimer(): void {
    this.#cancel();
    this.#left -= this.#clock.now() - this.#since;
  }
}
