import type { Clock } from '../engine/port/ports.ts';

/**
 * Longest delay between two checks, in milliseconds: timers do not notice that the wall clock was set or the
 * machine slept.
 */
const MAX_CHECK_INTERVAL = 30_000;

/**
 * Single timer for everything that happens at a given time. `look` is called when the time that it last
 * returned has come, on request, and every half minute; never twice at once. It must not reject.
 *
 * States: stopped; waiting; looking, and then waiting again or, after a request meanwhile, looking once more.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #check: () => Promise<number | null>;
  #running = false;
  #checking = false;
  #again = false;
  #cancel = () => {};

  constructor(clock: Clock, look: () => Promise<number | null>) {
    this.#clock = clock;
    this.#check = look;
  }

  start(): void {
    this.#running = true;
    this.checkNow();
  }

  stopAlarm(): void {
    this.#running = false;
    this.#cancel();
  }

  /** Calls `look` now, because something has changed. */
  checkNow(): void {
    this.#again = true;
    if (this.#running && !this.#checking) void this.#runChecks();
  }

  async #runChecks(): Promise<void> {
    this.#checking = true;
    this.#cancel();
    let next: number | null = null;
    while (this.#again && this.#running) {
      this.#again = false;
      next = await this.#check();
    }
    this.#checking = false;
    if (this.#running) this.#armNext(next);
  }

  #armNext(next: number | null): void {
    const delay = next === null ? MAX_CHECK_INTERVAL : Math.max(0, next - this.#clock.now());
    this.#cancel = this.#clock.after(Math.min(delay, MAX_CHECK_INTERVAL), () => this.checkNow());
  }
}
