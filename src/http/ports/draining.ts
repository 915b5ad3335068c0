/** A response that outlives the request's first answer: an event stream, or a wait for an outcome. */
export interface OpenResponse {
  /** Asks the response to end soon, with a proper last message. */
  endSoon(): void;
  /** Ends the response at once. */
  cutOff(): void;
}

/** Tracks the open long-lived responses, so that a drain can end them. */
export class OpenResponses {
  #begun = false;
  readonly #open = new Set<OpenResponse>();

  get isDraining(): boolean {
    return this.#begun;
  }

  /**
   * Adds a response and returns the function to call when it has ended. During a drain the response is asked
   * to end at once.
   */
  addResponse(open: OpenResponse): () => void {
    this.#open.add(open);
    if (this.#begun) open.endSoon();
    return () => this.#open.delete(open);
  }

  beginDrain(): void {
    this.#begun = true;
    for (const open of this.#open) open.endSoon();
  }

  cutAll(): void {
    for (const open of this.#open) open.cutOff();
  }
}
