/** Failed attempts of an address within a minute that are answered at once. */
const FREE_FAILURES = 5;

/** Delay of the first slow answer, in milliseconds; it doubles with each further failure. */
const FIRST_DELAY = 100;
const MAX_DELAY = 5_000;

/** How long a failure counts, in milliseconds. */
const MEMORY = 60_000;

/** Addresses that are remembered; beyond it the oldest is forgotten. */
const MAX_ADDRESSES = 10_000;

/** Answers that may be delayed at once; further ones are not, because each holds a connection. */
const MAX_DELAYED = 100;

/** A failed attempt: how many there were within a minute, and how long its answer waits. */
export interface FailedAttempt {
  failures: number;
  delay: number;
}

/**
 * Slows down clients that try tokens: after five failures within a minute, each further answer to this address takes
 * twice as long as the one before, up to five seconds. Valid tokens are never delayed, so other clients behind the
 * same address are not affected.
 */
export class FailureThrottle {
  readonly #failures = new Map<string, { count: number; last: number }>();
  readonly #now: () => number;
  #delayed = 0;

  /** `now` is the monotonic clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  recordFailure(address: string): FailedAttempt {
    const now = this.#now();
    const before = this.#failures.get(address);
    const failures = before && now - before.last < MEMORY ? before.count + 1 : 1;
    // Inserted again, so that the map stays in the order of the last failure.
    this.#failures.delete(address);
    this.#failures.set(address, { count: failures, last: now });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
    const excess = failures - FREE_FAILURES;
    const delay = excess > 0 ? Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (excess - 1)) : 0;
    return { failures, delay: this.#delayed < MAX_DELAYED ? delay : 0 };
  }

  /** Runs the wait of a slow answer, and counts it while it lasts. */
  async holdAnswer(wait: Promise<unknown>): Promise<void> {
    this.#delayed += 1;
    try {
      await wait;
    } finally {
      this.#delayed -= 1;
    }
  }
}

/** Checks whether a failure is logged: the first ones, then each time their number has doubled. */
export function isLoggedFailure(failures: number): boolean {
  return failures <= FREE_FAILURES || Number.isInteger(Math.log2(failures));
}
