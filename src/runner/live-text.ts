/** Answer text of the model calls that run in this process, for followers; gone when the call has ended. */
export class LiveText {
  readonly #texts = new Map<string, LiveCall>();
  readonly #listeners = new Map<string, Set<() => void>>();

  begin(session: string, step: number, attempt: number): void {
    this.#texts.set(session, { step, attempt, text: '' });
  }

  add(session: string, delta: string): void {
    const call = this.#texts.get(session);
    if (!call) return;
    call.text += delta;
    for (const listener of this.#listeners.get(session) ?? []) listener();
  }

  end(session: string): void {
    this.#texts.delete(session);
  }

  get(session: string): Readonly<LiveCall> | undefined {
    return this.#texts.get(session);
  }

  /** Calls `listener` at each new piece of text. Returns the unsubscriber. */
  listen(session: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(session) ?? new Set();
    this.#listeners.set(session, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(session);
    };
  }
}

interface LiveCall {
  step: number;
  attempt: number;
  text: string;
}
