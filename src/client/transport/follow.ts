import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ApiError, ConnectionLostError, DaemonNotRunningError } from '../../errors/http.ts';
import { DELTA_NAMES, delta, feedEvent, sessionEvent, type WireFeedEvent } from '../../protocol/events.ts';
import { parsePosition } from '../../protocol/ids/position.ts';
import { problem } from '../../protocol/problem.ts';
import { parseLossless } from '../../util/lossless-json.ts';
import type { FollowedItem } from '../conversation/item.ts';
import { pauseFor } from './pause.ts';
import { openResponse, readTextPieces, type Transport } from './transport.ts';

/** An item of the feed; `unknown` is an event of a newer daemon, whose type this release does not know. */
export type FeedItem =
  | ({ kind: 'event' } & WireFeedEvent)
  | { kind: 'unknown'; position: number; type: string };

/**
 * Milliseconds: silence of three missed heartbeats; longest outage of the daemon; longest pause between two
 * tries.
 */
const SILENCE = 45_000;
const MAX_OUTAGE = 60_000;
const LONGEST_PAUSE = 2_000;

/** How the messages of a stream become items for its follower. */
interface StreamReader<Item> {
  /** Reads an event, which has a position. */
  readEvent(type: string, body: unknown, position: number): Item;
  /** Reads a message without a position; undefined when the follower need not know it. */
  readPart(type: string, body: unknown): Item | undefined;
}

/** Follows one session; see `Client.followSession`. */
export function followEvents(
  transport: Transport,
  path: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<FollowedItem> {
  return followStream(transport, path, after, signal, SESSION_READER);
}

const SESSION_READER: StreamReader<FollowedItem> = {
  readEvent(type, body, seq) {
    const { success, data } = sessionEvent.safeParse(body);
    return success ? { kind: 'event', event: data } : { kind: 'unknown', seq, type };
  },
  readPart: (type, body) => (DELTA_NAMES.has(type) ? { kind: 'delta', delta: delta.parse(body) } : undefined),
};

/** Follows the feed of all sessions; see `Client.followFeed`. */
export function followFeedEvents(
  transport: Transport,
  path: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<FeedItem> {
  return followStream(transport, path, after, signal, FEED_READER);
}

const FEED_READER: StreamReader<FeedItem> = {
  readEvent(type, body, position) {
    const { success, data } = feedEvent.safeParse(body);
    return success ? { kind: 'event', ...data } : { kind: 'unknown', position, type };
  },
  readPart: () => undefined,
};

/**
 * Follows a stream; reconnects from the last seen event when the daemon restarts or the connection breaks.
 * Rejects when the daemon stays away (DaemonNotRunningError, ConnectionLostError) or refuses (ApiError); ends
 * without an error when the signal aborts.
 */
async function* followStream<Item>(
  transport: Transport,
  path: string,
  after: number,
  signal: AbortSignal,
  reader: StreamReader<Item>,
): AsyncGenerator<Item> {
  const cursor = new Cursor(after, reader);
  for (;;) {
    try {
      yield* followConnection(transport, path, cursor, signal);
    } catch (error) {
      if (signal.aborted) return;
      cursor.recordFailure(error);
    }
    if (signal.aborted) return;
    await pauseFor(cursor.nextDelay(), signal);
  }
}

/** Follows over one connection until that ends. */
async function* followConnection<Item>(
  transport: Transport,
  path: string,
  cursor: Cursor<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item> {
  const headers = { accept: 'text/event-stream', ...cursor.resumeHeaders() };
  const from = `${path}${path.includes('?') ? '&' : '?'}after=${cursor.position}`;
  const call = { method: 'GET', path: from, headers, signal, silence: SILENCE };
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
      if (item !== undefined) yield item;
    }
  }
}

/** Position of the follower, and the failures since the last good connection. */
class Cursor<Item> {
  position: number;
  readonly #reader: StreamReader<Item>;
  #id: string | undefined;
  #retry = 1_000;
  #failures = 0;
  #awaySince: number | undefined;
  #met = false;

  constructor(after: number, reader: StreamReader<Item>) {
    this.position = after;
    this.#reader = reader;
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
  readMessage({ event: type = 'message', id, data }: EventSourceMessage): Item | undefined {
    const body: unknown = parseLossless(data);
    if (type === 'problem') throw new ApiError(problem.parse(body));
    const position = id === undefined ? undefined : parsePosition(id);
    if (!position) return this.#reader.readPart(type, body);
    if (position.seq <= this.position) return undefined;
    this.position = position.seq;
    this.#id = id;
    return this.#reader.readEvent(type, body, position.seq);
  }
}
