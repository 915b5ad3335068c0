/** The estimated cost of parsing and checking input, in milliseconds of work on the daemon's event loop. */
const PER_MESSAGE = 0.05;
const PER_BYTE = 0.000_005;

/**
 * The share of the event loop that one server may use for unsolicited messages, and the burst allowed in
 * milliseconds.
 */
const SHARE = 0.1;
const BURST = 25;

/**
 * Throttles a server that floods the daemon. Every message read adds its estimated cost to a debt that decays over
 * time; when the debt exceeds the burst, reading pauses, and the server blocks on its full pipe or connection.
 */
export class InputThrottle {
  readonly #now: () => number;
  #debt = 0;
  #at: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#at = now();
  }

  /** Records what was read; returns the milliseconds to wait before reading more, 0 for none. */
  chargeInput(messages: number, bytes: number): number {
    const now = this.#now();
    const paid = (now - this.#at) * SHARE;
    this.#at = now;
    this.#debt = Math.max(0, this.#debt - paid) + messages * PER_MESSAGE + bytes * PER_BYTE;
    return this.#debt <= BURST ? 0 : Math.ceil((this.#debt - BURST) / SHARE);
  }
}
