import { setTimeout as delay } from 'node:timers/promises';
import { isAway } from './away.ts';

/** Milliseconds before the first and between later tries; the pause doubles up to the longest. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

export interface OutboxEvents {
  /** Called once when the daemon is away, until it accepts something again. */
  waiting(): void;
  /** Called when the daemon will never accept this input. */
  refused(input: string, error: unknown): void;
}

/**
 * Sends inputs in order, each repeatedly until the daemon has accepted it. Every input carries its own id, so
 * repeating it never duplicates it.
 */
export class Outbox {
  readonly #events: OutboxEvents;
  readonly #signal: AbortSignal;
  #last: Promise<void> = Promise.resolve();
  #size = 0;

  constructor(events: OutboxEvents, signal: AbortSignal) {
    this.#events = events;
    this.#signal = signal;
  }

  /** Number of inputs that are not accepted yet. */
  get size(): number {
    return this.#size;
  }

  /** Adds an input; resolves when it was accepted, refused or given up with the signal. Never rejects. */
  add(input: string, send: () => Promise<unknown>): Promise<void> {
    this.#size += 1;
    this.#last = this.#last.then(() => this.#deliver(input, send));
    return this.#last;
  }

  async #deliver(input: string, send: () => Promise<unknown>): Promise<void> {
    for (let pause = FIRST_PAUSE; !this.#signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        await send();
        break;
      } catch (error) {
        if (!isAway(error)) {
          this.#events.refused(input, error);
          break;
        }
        if (pause === FIRST_PAUSE * 2) this.#events.waiting();
        await delay(pause, undefined, { signal: this.#signal }).catch(() => {});
      }
    }
    this.#size -= this.#signal.aborted ? 0 : 1;
  }
}
