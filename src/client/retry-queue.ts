import { isRetryable } from './away.ts';
import { pauseFor } from './transport/pause.ts';

/** Milliseconds before the first and between later tries; the pause doubles up to the longest. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

export interface RetryQueueEvents {
  /** Called once when the daemon is away, until it accepts something again. */
  onWaiting(): void;
  /** Called when the daemon will never accept this input. */
  onRefused(input: string, error: unknown): void;
}

/**
 * Sends inputs in order, each repeatedly until the daemon has accepted it. Every input carries its own id, so
 * repeating it never duplicates it.
 */
export class RetryQueue {
  readonly #events: RetryQueueEvents;
  readonly #signal: AbortSignal;
  #last: Promise<void> = Promise.resolve();
  #size = 0;

  constructor(events: RetryQueueEvents, signal: AbortSignal) {
    this.#events = events;
    this.#signal = signal;
  }

  /** Number of inputs that are not accepted yet. */
  get size(): number {
    return this.#size;
  }

  /** Adds an input; resolves when it was accepted, refused or given up with the signal. Never rejects. */
  enqueueRequest(input: string, send: () => Promise<unknown>): Promise<void> {
    this.#size += 1;
    this.#last = this.#last.then(() => this.#deliverOne(input, send));
    return this.#last;
  }

  async #deliverOne(input: string, send: () => Promise<unknown>): Promise<void> {
    for (let wait = FIRST_PAUSE; !this.#signal.aborted; wait = Math.min(wait * 2, LONGEST_PAUSE)) {
      try {
        await send();
        break;
      } catch (error) {
        if (!isRetryable(error)) {
          this.#events.onRefused(input, error);
          break;
        }
        if (wait === FIRST_PAUSE * 2) this.#events.onWaiting();
        await pauseFor(wait, this.#signal);
      }
    }
    this.#size -= this.#signal.aborted ? 0 : 1;
  }
}
