import type { Clock } from '../port/ports.ts';

/** The time that a call may take; stands still while the call waits for people. */
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
    this.#run();
  }

  /** Stands still as long as the work takes, together with all others like it. */
  async without<T>(work: () => Promise<T>): Promise<T> {
    this.#stops += 1;
    if (this.#stops === 1) this.#stop();
    try {
      return await work();
    } finally {
      this.#stops -= 1;
      if (this.#stops === 0) this.#run();
    }
  }

  end(): void {
    this.#stops = Number.POSITIVE_INFINITY;
    this.#cancel();
  }

  #run(): void {
    this.#since = this.#clock.now();
    this.#cancel = this.#clock.after(Math.max(0, this.#left), this.#over);
  }

  #stop(): void {
    this.#cancel();
    this.#left -= this.#clock.now() - this.#since;
  }
}
