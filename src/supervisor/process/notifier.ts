/** Condition variable: `ring()` wakes all waiters, which check their condition again. */
export class Notifier {
  #next = Promise.withResolvers<void>();

  notifyAll(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }

  /** Resolves when `condition` returns true. It is checked now and after every notification. */
  async waitUntil(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#next.promise;
  }
}
