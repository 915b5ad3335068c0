import type { RecordedEvent } from '../core/model/events.ts';
import type { SessionState } from '../core/model/state.ts';

/**
 * The recorded events, for reading: those of one session by `seq`, and those of all sessions by their position in
 * the feed. Only `Ownership.append` adds events.
 */
export interface EventLog {
  /**
   * Reads the events of a session after position `after` in order, at most `limit`. A damaged record appears as
   * a DamagedRecord.
   */
  readEvents(session: string, after: number, limit: number): Promise<(RecordedEvent | DamagedRecord)[]>;
  /**
   * Reads the feed: the events of all sessions in the order in which they were committed, after position `after`.
   * The order is exact: an event that is committed later has a higher position than every event that a reader
   * may have seen. A call looks at a limited stretch of the feed, so a filtered page may be short or empty
   * although more follows.
   */
  readFeed(query: FeedQuery): Promise<FeedSlice>;
  /** Resolves with the position of the last event in the feed; 0 when there is none. Costs one index lookup. */
  findFeedEnd(): Promise<number>;
  /**
   * Resolves with the latest usable snapshot and the events after it. Rejects with SessionNotFoundError, and
   * with DamagedSessionError when a record cannot be read or is newer than this release knows; other sessions
   * are not affected.
   */
  loadSession(session: string): Promise<LoadedRecords>;
  /**
   * Stores the state of a session as of `state.seq`, which saves folding the earlier events; an older snapshot
   * does not replace a newer one. Rejects with SessionNotFoundError.
   */
  saveSnapshot(session: string, state: SessionState): Promise<void>;
  /**
   * Calls `listener` when a session has new events or inputs, whichever process wrote them; `foreign` is true
   * when it was another process. Returns a function that removes the listener.
   */
  watch(listener: ChangeListener): () => void;
}

export interface FeedQuery {
  /** Position after which the page starts. */
  after: number;
  limit: number;
  /** Only events of sessions whose id starts with this text. */
  prefix?: string;
  /** Only events of these types. */
  types?: readonly string[];
}

/** An event with its place in the feed, which is durable and never changes. */
export interface FeedEvent {
  position: number;
  session: string;
  agent: string;
  event: RecordedEvent | DamagedRecord;
}

export interface FeedSlice {
  events: FeedEvent[];
  /** Position up to which the feed was searched; the next page starts after it. */
  next: number;
  /** Position of the last event in the feed; there is more to read while `next` is lower. */
  end: number;
}

export type ChangeListener = (session: string, foreign: boolean) => void;

export interface LoadedRecords {
  /** State folded up to `state.seq`; absent when there is no snapshot that this release can use. */
  snapshot: SessionState | undefined;
  /** All events after the snapshot, or all events of the session when there is no snapshot. */
  events: RecordedEvent[];
}

/** Stands for an event whose record cannot be read; `reason` says why. */
export interface DamagedRecord {
  seq: number;
  at: number;
  type: 'damaged';
  reason: string;
}
