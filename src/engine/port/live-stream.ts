/**
 * What running model calls and tool calls produce, in memory only. Followers read it until the step ends; then
 * the step's durable event has the result.
 */
export class LiveStream {
  readonly #calls = new Map<string, LiveCall>();
  /** Last report of each running tool call, by session and call. */
  readonly #statuses = new Map<string, Map<string, ToolStatus>>();
  readonly #listeners = new Map<string, Set<LiveListener>>();
  readonly #subscribers = new Set<(change: StreamChange) => void>();

  startCall(session: string, step: number, attempt: number): void {
    this.#calls.set(session, { step, attempt, segments: [] });
    this.#notifySubscribers({ session, step, attempt });
  }

  /** Appends a part to the named call; ignored when another call of the session has started meanwhile. */
  appendPart(session: string, part: StreamPart, step: number, attempt: number): void {
    const call = this.#calls.get(session);
    if (call?.step !== step || call.attempt !== attempt) return;
    appendSegment(call.segments, part);
    for (const listener of this.#listeners.get(session) ?? []) listener(call);
    this.#notifySubscribers({ session, ...part });
  }

  /** Replaces what a running tool call has reported about its progress. */
  setToolStatus(session: string, status: ToolStatus): void {
    const statuses = this.#statuses.get(session) ?? new Map<string, ToolStatus>();
    this.#statuses.set(session, statuses.set(status.call, status));
    for (const listener of this.#listeners.get(session) ?? []) listener(status);
    this.#notifySubscribers({ session, status });
  }

  /** Removes what a tool call has reported, because it has ended. */
  endToolStatus(session: string, call: string): void {
    const statuses = this.#statuses.get(session);
    if (!statuses?.delete(call)) return;
    if (statuses.size === 0) this.#statuses.delete(session);
    this.#notifySubscribers({ session, ended: call });
  }

  listToolStatuses(session: string): readonly ToolStatus[] {
    return [...(this.#statuses.get(session)?.values() ?? [])];
  }

  /** Removes the named call; ignored when another call of the session has started meanwhile. */
  endCall(session: string, step: number, attempt: number): void {
    const call = this.#calls.get(session);
    if (call?.step !== step || call.attempt !== attempt) return;
    this.#calls.delete(session);
    this.#notifySubscribers({ session, end: true });
  }

  get(session: string): Readonly<LiveCall> | undefined {
    return this.#calls.get(session);
  }

  /**
   * Calls `listener` with the running model call after each new part, and with each new status of a tool call; a
   * call keeps its segments after it has ended. Returns the function that unsubscribes.
   */
  addListener(session: string, listener: LiveListener): () => void {
    const listeners = this.#listeners.get(session) ?? new Set();
    this.#listeners.set(session, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(session);
    };
  }

  /**
   * Sends what every running call has produced, then every change, for all sessions. Returns the function that
   * unsubscribes.
   */
  subscribeAll(audience: (change: StreamChange) => void): () => void {
    for (const [session, { step, attempt, segments }] of this.#calls) {
      audience({ session, step, attempt });
      for (const { offset: _, ...part } of segments) audience({ session, ...part });
    }
    for (const [session, statuses] of this.#statuses) {
      for (const status of statuses.values()) audience({ session, status });
    }
    this.#subscribers.add(audience);
    return () => this.#subscribers.delete(audience);
  }

  #notifySubscribers(change: StreamChange): void {
    for (const audience of this.#subscribers) audience(change);
  }
}

/** A piece of an answer that is being written; `call` is the id that the tool call will have. */
export type StreamPart =
  | { kind: 'text' | 'reasoning'; text: string }
  | { kind: 'tool_input'; text: string; call: string; tool: string };

/** Consecutive parts of one kind, joined; `offset` is where the text starts within all text of that kind and call. */
export type StreamSegment = StreamPart & { offset: number };

export interface LiveCall {
  step: number;
  attempt: number;
  /** In the order of arrival. Only the last one grows. */
  segments: StreamSegment[];
}

/** The progress of a running tool call in the tool's own words; each report replaces the one before. */
export interface ToolStatus {
  call: string;
  attempt: number;
  text: string;
}

type LiveListener = (live: Readonly<LiveCall> | ToolStatus) => void;

/**
 * A model call started, it produced a part, or it ended; a tool call reported its progress, or ended. Releases up
 * to 0.2.0 send text without its kind, and the text so far with the start.
 */
export type StreamChange =
  | { session: string; step: number; attempt: number; text?: string }
  | ({ session: string } & StreamPart)
  | { session: string; status: ToolStatus }
  | { session: string; ended: string }
  | { session: string; end: true };

function appendSegment(segments: StreamSegment[], part: StreamPart): void {
  const last = segments.at(-1);
  if (last && isSameStream(last, part)) {
    last.text += part.text;
    return;
  }
  const before = segments.findLast((segment) => isSameStream(segment, part));
  segments.push({ ...part, offset: before ? before.offset + before.text.length : 0 });
}

function isSameStream(one: StreamPart, other: StreamPart): boolean {
  if (one.kind !== other.kind) return false;
  return one.kind !== 'tool_input' || other.kind !== 'tool_input' || one.call === other.call;
}
