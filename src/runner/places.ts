/**
 * A bounded number of places, taken without waiting: who gets none is called back, in order, when one may be free,
 * and must ask again. Holding nothing while waiting keeps a parked session from blocking others.
 */
export class Places {
  readonly #limit: () => number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  tryTake(retry: () => void): boolean {
    if (this.#taken >= this.#limit()) {
      this.#waiting.add(retry);
      return false;
    }
    this.#waiting.delete(retry);
    this.#taken += 1;
    return true;
  }

  free(): void {
    this.#taken -= 1;
    this.nudge();
  }

  /** Calls the first who waits, if there is a place. */
  nudge(): void {
    const [first] = this.#waiting;
    if (!first || this.#taken >= this.#limit()) return;
    this.#waiting.delete(first);
    first();
  }

  forget(retry: () => void): void {
    this.#waiting.delete(retry);
  }
}
