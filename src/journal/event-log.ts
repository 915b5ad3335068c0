import type { RecordedEvent } from '../core/model/events.ts';
import type { SessionState } from '../core/model/state.ts';

/** The recorded events of all sessions, for reading. Only `Ownership.append` adds events. */
export interface EventLog {
  /**
   * Reads the events of a session after position `after` in order, at most `limit`. A damaged record appears as
   * a DamagedRecord.
   */
  readEvents(session: string, after: number, limit: number): Promise<(RecordedEvent | DamagedRecord)[]>;
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
