/** What outlives a request's first answer: event streams, and requests that wait for an outcome. */
export interface Open {
  /** Come to an end soon and properly. */
  end(): void;
  /** Stop now. */
  cut(): void;
}

/** Knows what is open, so that a drain can end it. */
export class Draining {
  #begun = false;
  readonly #open = new Set<Open>();

  get begun(): boolean {
    return this.#begun;
  }

  /** Returns the function to call when it has ended. During a drain it is told to end at once. */
  add(open: Open): () => void {
    this.#open.add(open);
    if (this.#begun) open.end();
    return () => this.#open.delete(open);
  }

  begin(): void {
    this.#begun = true;
    for (const open of this.#open) open.end();
  }

  cut(): void {
    for (const open of this.#open) open.cut();
  }
}
