/**
 * Semaphore that is acquired without waiting. A caller that gets no permit is called back, in order, when one
 * may be free, and must ask again. A waiting caller holds nothing, so a parked session never blocks others.
 */
export class Semaphore {
  readonly #limit: () => number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  tryAcquire(retry: () => void): boolean {
    if (this.#taken >= this.#limit()) {
      this.#waiting.add(retry);
      return false;
    }
    this.#waiting.delete(retry);
    this.#taken += 1;
    return true;
  }

  release(): void {
    this.#taken -= 1;
    this.notifyNext();
  }

  /** Calls the first waiting caller, if a permit is free. */
  notifyNext(): void {
    const [first] = this.#waiting;
    if (!first || this.#taken >= this.#limit()) return;
    this.#waiting.delete(first);
    first();
  }

  cancelWait(retry: () => void): void {
    this.#waiting.delete(retry);
  }
}
