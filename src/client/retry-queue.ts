import { setTimeout as delay } from 'node:timers/promises';
import { isAway } from './away.ts';

/** Milliseconds; the pause doubles from the first to the longest. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

export interface OutboxEvents {
  /** The daemon is away; told once until it accepts something again. */
  waiting(): void;
  /** The daemon will never accept this one. */
  refused(input: string, error: unknown): void;
}

/**
 * Sends one after the other, each again until the daemon has accepted it. What is sent carries its own id, so that
 * sending it again never doubles it.
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

  /** How many are not accepted yet. */
  get size(): number {
    return this.#size;
  }

  /** Resolves when it was accepted or refused; never rejects. */
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
