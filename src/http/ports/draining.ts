/** A response that outlives the request's first answer: an event stream, or a wait for an outcome. */
export interface Open {
  /** Asks the response to end soon, with a proper last message. */
  end(): void;
  /** Ends the response at once. */
  cut(): void;
}

/** Tracks the open long-lived responses, so that a drain can end them. */
export class Draining {
  #begun = false;
  readonly #open = new Set<Open>();

  get begun(): boolean {
    return this.#begun;
  }

  /**
   * Adds a response and returns the function to call when it has ended. During a drain the response is asked
   * to end at once.
   */
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
