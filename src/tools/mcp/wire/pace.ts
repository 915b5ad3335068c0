/** What reading costs, in milliseconds of work on our event loop: roughly parsing and checking. */
const PER_MESSAGE = 0.05;
const PER_BYTE = 0.000_005;

/** The part of our time that one server may take for what nobody asked it for, and how much of it at once. */
const SHARE = 0.1;
const BURST = 25;

/**
 * Keeps a server that sends without end from using up the event loop: everything read has a price, and when too much
 * was read, reading stops until it is paid off. The server then waits on its full pipe or connection.
 */
export class Pace {
  readonly #now: () => number;
  #debt = 0;
  #at: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#at = now();
  }

  /** Books what was read; returns the milliseconds to wait before reading on. */
  spend(messages: number, bytes: number): number {
    const now = this.#now();
    const paid = (now - this.#at) * SHARE;
    this.#at = now;
    this.#debt = Math.max(0, this.#debt - paid) + messages * PER_MESSAGE + bytes * PER_BYTE;
    return this.#debt <= BURST ? 0 : Math.ceil((this.#debt - BURST) / SHARE);
  }
}
