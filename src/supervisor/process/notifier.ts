/** Wakes whoever waits for something to change. What has changed they see for themselves. */
export class Bell {
  #next = Promise.withResolvers<void>();

  ring(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }

  /** Resolves when `condition` holds, which is looked at now and at every ring. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#next.promise;
  }
}
