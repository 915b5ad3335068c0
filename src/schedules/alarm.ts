import type { Clock } from '../runner/port/ports.ts';

/**
 * Longest time until somebody looks at the wall clock again, in milliseconds: timers run on a clock that does not
 * know when the wall clock is set or the machine sleeps.
 */
const LOOK_AGAIN = 30_000;

/**
 * One timer for everything that happens at a time. `look` is called when the moment that it last named has come,
 * when it is asked to, and every half minute; never twice at once. It must not reject.
 *
 * States: stopped; waiting; looking, and then waiting again or, if it was asked meanwhile, looking once more.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #look: () => Promise<number | null>;
  #running = false;
  #looking = false;
  #again = false;
  #cancel = () => {};

  constructor(clock: Clock, look: () => Promise<number | null>) {
    this.#clock = clock;
    this.#look = look;
  }

  start(): void {
    this.#running = true;
    this.ring();
  }

  stop(): void {
    this.#running = false;
    this.#cancel();
  }

  /** Looks now: something has changed. */
  ring(): void {
    this.#again = true;
    if (this.#running && !this.#looking) void this.#ring();
  }

  async #ring(): Promise<void> {
    this.#looking = true;
    this.#cancel();
    let next: number | null = null;
    while (this.#again && this.#running) {
      this.#again = false;
      next = await this.#look();
    }
    this.#looking = false;
    if (this.#running) this.#wait(next);
  }

  #wait(next: number | null): void {
    const delay = next === null ? LOOK_AGAIN : Math.max(0, next - this.#clock.now());
    this.#cancel = this.#clock.after(Math.min(delay, LOOK_AGAIN), () => this.ring());
  }
}
