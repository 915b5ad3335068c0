/**
 * Answer text of running model calls, in memory only. Followers read it until the call ends; then its durable
 * event has the text.
 */
export class LiveText {
  readonly #texts = new Map<string, LiveCall>();
  readonly #listeners = new Map<string, Set<(call: Readonly<LiveCall>) => void>>();
  readonly #subscribers = new Set<(change: TextChange) => void>();

  startCall(session: string, step: number, attempt: number): void {
    this.#texts.set(session, { step, attempt, text: '' });
    this.#notifySubscribers({ session, step, attempt, text: '' });
  }

  /** Appends text to the named call; ignored when another call of the session has started meanwhile. */
  appendText(session: string, delta: string, step: number, attempt: number): void {
    const call = this.#texts.get(session);
    if (call?.step !== step || call.attempt !== attempt) return;
    call.text += delta;
    for (const listener of this.#listeners.get(session) ?? []) listener(call);
    this.#notifySubscribers({ session, text: delta });
  }

  /** Removes the text of the named call; ignored when another call of the session has started meanwhile. */
  endCall(session: string, step: number, attempt: number): void {
    const call = this.#texts.get(session);
    if (call?.step !== step || call.attempt !== attempt) return;
    this.#texts.delete(session);
    this.#notifySubscribers({ session, end: true });
  }

  get(session: string): Readonly<LiveCall> | undefined {
    return this.#texts.get(session);
  }

  /**
   * Calls `listener` with the running call after each new piece of text; the call keeps its text after it has ended.
   * Returns the function that unsubscribes.
   */
  addListener(session: string, listener: (call: Readonly<LiveCall>) => void): () => void {
    const listeners = this.#listeners.get(session) ?? new Set();
    this.#listeners.set(session, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(session);
    };
  }

  /**
   * Sends the present text of every running call, then every change, for all sessions. Returns the function
   * that unsubscribes.
   */
  subscribeAll(audience: (change: TextChange) => void): () => void {
    for (const [session, call] of this.#texts) audience({ session, ...call });
    this.#subscribers.add(audience);
    return () => this.#subscribers.delete(audience);
  }

  #notifySubscribers(change: TextChange): void {
    for (const audience of this.#subscribers) audience(change);
  }
}

interface LiveCall {
  step: number;
  attempt: number;
  text: string;
}

/** A call started (with its text so far), its text grew, or it ended. */
export type TextChange =
  | ({ session: string } & LiveCall)
  | { session: string; text: string }
  | { session: string; end: true };
