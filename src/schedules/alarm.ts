import type { Clock } from '../runner/port/ports.ts';

/**
 * Longest delay between two checks, in milliseconds: timers do not notice that the wall clock was set or the
 * machine slept.
 */
const LOOK_AGAIN = 30_000;

/**
 * Single timer for everything that happens at a given time. `look` is called when the time that it last
 * returned has come, on request, and every half minute; never twice at once. It must not reject.
 *
 * States: stopped; waiting; looking, and then waiting again or, after a request meanwhile, looking once more.
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

  /** Calls `look` now, because something has changed. */
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
