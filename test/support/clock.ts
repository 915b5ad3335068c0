import type { Clock } from '../../src/engine/port/ports.ts';

interface Timer {
  at: number;
  callback(): void;
}

/** A clock of a test: time passes only when the test says so, and the wall clock can be set. */
export class TestClock implements Clock {
  /** What timers run on, in milliseconds. */
  #monotonic = 0;
  #wall: number;
  #timers: Timer[] = [];

  constructor(iso: string) {
    this.#wall = Date.parse(iso);
  }

  now(): number {
    return this.#wall;
  }

  after(delay: number, callback: () => void): () => void {
    const timer = { at: this.#monotonic + delay, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.length;
  }

  /** Lets time pass, timer by timer; whatever a timer starts gets time to come to rest. */
  async advanceBy(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settlePromises();
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#moveTo(next.at);
      this.#timers = this.#timers.filter((other) => other !== next);
      next.callback();
      await settlePromises();
    }
    this.#moveTo(end);
  }

  /** Sets the wall clock; no timer notices. A machine that sleeps does the same to a process. */
  setWallClock(iso: string): void {
    this.#wall = Date.parse(iso);
  }

  #moveTo(to: number): void {
    this.#wall += to - this.#monotonic;
    this.#monotonic = to;
  }
}

/** Until promises that wait for nothing outside have settled. */
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
}
