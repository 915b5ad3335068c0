import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ApiError, ConnectionLostError, DaemonNotRunningError } from '../errors/http.ts';
import { DELTA_NAMES, delta, sessionEvent } from '../protocol/events.ts';
import { parsePosition } from '../protocol/ids/position.ts';
import { problem } from '../protocol/problem.ts';
import { parseLossless } from '../util/lossless-json.ts';
import type { FollowedItem } from './conversation/item.ts';
import { pause } from './pause.ts';
import { openResponse, readTextPieces, type Transport } from './transport.ts';

/**
 * Milliseconds: silence of three missed heartbeats; longest outage of the daemon; longest pause between two
 * tries.
 */
const SILENCE = 45_000;
const MAX_OUTAGE = 60_000;
const LONGEST_PAUSE = 2_000;

/**
 * Follows a session; reconnects from the last seen event when the daemon restarts or the connection breaks.
 * Rejects when the daemon stays away (DaemonNotRunningError, ConnectionLostError) or refuses (ApiError); ends
 * without an error when the signal aborts.
 */
export async function* followEvents(
  transport: Transport,
  path: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<FollowedItem> {
  const cursor = new Cursor(after);
  for (;;) {
    try {
      yield* followConnection(transport, path, cursor, signal);
    } catch (error) {
      if (signal.aborted) return;
      cursor.recordFailure(error);
    }
    if (signal.aborted) return;
    await pause(cursor.nextDelay(), signal);
  }
}

/** Follows over one connection until that ends. */
async function* followConnection(
  transport: Transport,
  path: string,
  cursor: Cursor,
  signal: AbortSignal,
): AsyncGenerator<FollowedItem> {
  const headers = { accept: 'text/event-stream', ...cursor.resumeHeaders() };
  const call = { method: 'GET', path: `${path}?after=${cursor.seq}`, headers, signal, silence: SILENCE };
  const stream = await openResponse(transport, call);
  const parsed: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent: (message) => parsed.push(message),
    onRetry: (retry) => cursor.setRetryDelay(retry),
  });
  cursor.markConnected();
  for await (const piece of readTextPieces(stream)) {
    parser.feed(piece);
    for (const message of parsed.splice(0)) {
      const item = cursor.readMessage(message);
      if (item) yield item;
    }
  }
}

/** Position of the follower, and the failures since the last good connection. */
class Cursor {
  seq: number;
  #id: string | undefined;
  #retry = 1_000;
  #failures = 0;
  #awaySince: number | undefined;
  #met = false;

  constructor(after: number) {
    this.seq = after;
  }

  resumeHeaders(): Record<string, string> {
    return this.#id === undefined ? {} : { 'last-event-id': this.#id };
  }

  markConnected(): void {
    this.#met = true;
    this.#failures = 0;
    this.#awaySince = undefined;
  }

  /** Counts a failed connection; rethrows its error when another try would be useless. */
  recordFailure(error: unknown): void {
    const away = error instanceof DaemonNotRunningError || error instanceof ConnectionLostError;
    const busy = error instanceof ApiError && error.status === 503;
    if (!this.#met || !(away || busy)) throw error;
    this.#awaySince ??= performance.now();
    if (performance.now() - this.#awaySince > MAX_OUTAGE) throw error;
    this.#failures += 1;
  }

  setRetryDelay(retry: number): void {
    this.#retry = retry;
  }

  /**
   * Returns the pause before the next try, in milliseconds: the daemon's retry time, or after failures a
   * growing pause with jitter, so that clients do not reconnect all at once.
   */
  nextDelay(): number {
    if (this.#failures === 0) return this.#retry;
    return Math.min(50 * 2 ** this.#failures, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
  }

  /**
   * Turns a message into an item for the follower; `undefined` for an event that it has seen. Throws ApiError
   * when the stream ends with a problem.
   */
  readMessage({ event: type = 'message', id, data }: EventSourceMessage): FollowedItem | undefined {
    const body: unknown = parseLossless(data);
    if (DELTA_NAMES.has(type)) return { kind: 'delta', delta: delta.parse(body) };
    if (type === 'problem') throw new ApiError(problem.parse(body));
    const position = id === undefined ? undefined : parsePosition(id);
    if (!position || position.seq <= this.seq) return undefined;
    this.seq = position.seq;
    this.#id = id;
    const known = sessionEvent.safeParse(body);
    return known.success
      ? { kind: 'event', event: known.data }
      : { kind: 'unknown', seq: position.seq, type };
  }
}
