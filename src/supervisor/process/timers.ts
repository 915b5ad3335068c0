import type { SupervisorTimer } from '../core/model/events.ts';

/** Runs the timers of the supervisor's core, each at most once at a time. */
export class SupervisorTimers {
  readonly #onFired: (timer: SupervisorTimer) => void;
  readonly #running = new Map<string, NodeJS.Timeout>();

  /** `fired` is called when the time of a timer is over; it must not throw. */
  constructor(fired: (timer: SupervisorTimer) => void) {
    this.#onFired = fired;
  }

  /** Starts the timer; one that runs already starts again. `ms` is its time in milliseconds. */
  armTimer(timer: SupervisorTimer, ms: number): void {
    this.disarmTimer(timer);
    const key = keyOf(timer);
    const running = setTimeout(() => {
      this.#running.delete(key);
      this.#onFired(timer);
    }, ms);
    this.#running.set(key, running);
  }

  disarmTimer(timer: SupervisorTimer): void {
    const key = keyOf(timer);
    clearTimeout(this.#running.get(key));
    this.#running.delete(key);
  }

  close(): void {
    for (const running of this.#running.values()) clearTimeout(running);
    this.#running.clear();
  }
}

function keyOf({ kind, of }: SupervisorTimer): string {
  return `${kind}:${of}`;
}
