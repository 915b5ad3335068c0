/** Answer text of running model calls, for followers; gone when the call has ended. */
export class LiveText {
  readonly #texts = new Map<string, LiveCall>();
  readonly #listeners = new Map<string, Set<(call: Readonly<LiveCall>) => void>>();
  readonly #audience = new Set<(change: TextChange) => void>();

  begin(session: string, step: number, attempt: number): void {
    this.#texts.set(session, { step, attempt, text: '' });
    this.#tell({ session, step, attempt, text: '' });
  }

  /** Only to the call that is named: another one may have begun meanwhile. */
  add(session: string, delta: string, step: number, attempt: number): void {
    const call = this.#texts.get(session);
    if (call?.step !== step || call.attempt !== attempt) return;
    call.text += delta;
    for (const listener of this.#listeners.get(session) ?? []) listener(call);
    this.#tell({ session, text: delta });
  }

  /** Only the call that is named: another one may have begun meanwhile. */
  end(session: string, step: number, attempt: number): void {
    const call = this.#texts.get(session);
    if (call?.step !== step || call.attempt !== attempt) return;
    this.#texts.delete(session);
    this.#tell({ session, end: true });
  }

  get(session: string): Readonly<LiveCall> | undefined {
    return this.#texts.get(session);
  }

  /**
   * Calls `listener` with the call at each new piece of text; the text stays with the call when it has ended. Returns
   * the unsubscriber.
   */
  listen(session: string, listener: (call: Readonly<LiveCall>) => void): () => void {
    const listeners = this.#listeners.get(session) ?? new Set();
    this.#listeners.set(session, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(session);
    };
  }

  /** Tells all that there is now, then every change, of all sessions. Returns the unsubscriber. */
  relay(audience: (change: TextChange) => void): () => void {
    for (const [session, call] of this.#texts) audience({ session, ...call });
    this.#audience.add(audience);
    return () => this.#audience.delete(audience);
  }

  #tell(change: TextChange): void {
    for (const audience of this.#audience) audience(change);
  }
}

interface LiveCall {
  step: number;
  attempt: number;
  text: string;
}

/** A call began (with what it has said so far), said more, or ended. */
export type TextChange =
  | ({ session: string } & LiveCall)
  | { session: string; text: string }
  | { session: string; end: true };
