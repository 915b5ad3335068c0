import type { OutgoingInput } from '../core/delegation/outgoing.ts';
import type { Input, RecordedEvent } from '../core/model/events.ts';
import type { SessionState, SessionStatus } from '../core/model/state.ts';
import type { ApprovalGrant, ApprovalQuery, ApprovalRow, GrantKey } from './approvals.ts';
import type { InputDelivery, InputReceipt } from './delivery.ts';
import type { TimeStore } from './time.ts';

export type { InputDelivery as Delivery, InputReceipt as Receipt } from './delivery.ts';

/**
 * Port to durable storage. One store holds all sessions of a home, and several generations (processes) may have
 * it open at once. Every implementation keeps these promises (test/contract/journal.ts):
 *   - what was acknowledged is on disk: the promise of a write resolves after the fsync;
 *   - `append` is fenced: it succeeds only for the generation that owns the session, only at the expected
 *     position, and all or nothing;
 *   - `deliver` is idempotent by input id and needs no ownership;
 *   - a failed write leaves the store unchanged and rejects with JournalUnavailableError. When the failure is
 *     `uncertain`, such as a failed fsync, the write may reappear after a crash.
 */
export interface Journal {
  /**
   * Random name of this store. It is part of every client's position, so a client notices that a store was
   * replaced.
   */
  readonly store: string;
  /**
   * Schedules and reminders, which the same store holds so that they commit together with the inputs they
   * deliver.
   */
  readonly time: TimeStore;

  /**
   * Registers a process that runs sessions and resolves with its number. Numbers count up from 1 for the
   * lifetime of the store.
   */
  openGeneration(info: { version: string; pid: number }): Promise<number>;
  /** Marks a generation as ended and frees the sessions it owns, in one transaction. */
  closeGeneration(generation: number): Promise<void>;
  /**
   * Marks every earlier generation as ended, except those in `alive`: the processes of the others are known to
   * be dead or must be fenced. Uses one transaction, however many sessions it frees.
   */
  endEarlierGenerations(generation: number, alive: readonly number[]): Promise<void>;
  /**
   * Records that a generation starts to leave. From now on it owns only the sessions in `keep`, cannot claim
   * any, and gives each of them back with an append that has `release`. Uses one transaction; sessions that it
   * does not keep are not written.
   */
  startLeaving(generation: number, keep: readonly string[]): Promise<void>;

  /**
   * Stores an input (and its session, if new) for the generation that owns the session. Idempotent by
   * `input.id`. The same transaction checks a decision against its approval: rejects with ApprovalClosedError
   * when the approval is settled or `at` is not before its `expiresAt`, and with ApprovalNotFoundError when the
   * session has no such approval.
   */
  deliver(delivery: InputDelivery): Promise<InputReceipt>;
  /** Resolves with the inputs of a session that no append has consumed yet, in order of arrival. */
  readInbox(session: string): Promise<InboxEntry[]>;

  /**
   * Takes ownership of a session that has no owner or already belongs to this generation. Rejects with
   * FencedError when another generation owns it or when this generation has ended or is leaving, and with
   * SessionNotFoundError.
   */
  claimSession(session: string, generation: number): Promise<void>;
  /**
   * Resolves with the latest usable snapshot and the events after it. Rejects with DamagedSessionError when a
   * record cannot be read or is newer than this release knows; other sessions are not affected.
   */
  loadSession(session: string): Promise<LoadedRecords>;
  /**
   * Adds events to a session and consumes inputs, in one transaction. Rejects with FencedError,
   * JournalConflictError (unexpected position), UnreadInputError (see `yields`) or JournalUnavailableError.
   */
  append(batch: AppendBatch): Promise<void>;
  /**
   * Stores the state of a session as of `state.seq`, which saves folding the earlier events; an older snapshot
   * does not replace a newer one.
   */
  saveSnapshot(session: string, state: SessionState): Promise<void>;
  /** Marks a session that cannot be loaded, so that no generation tries again; `null` removes the mark. */
  markDamaged(session: string, reason: string | null): Promise<void>;

  putBlob(id: string, data: Uint8Array): Promise<void>;
  /**
   * Resolves with the bytes `[offset, offset + length)` of a blob, or with `undefined` when there is no such
   * blob.
   */
  readBlob(id: string, offset: number, length: number): Promise<Uint8Array | undefined>;

  findSession(session: string): Promise<SessionRow | undefined>;
  /** Lists sessions ordered by id. */
  listSessions(query: SessionQuery): Promise<SessionRow[]>;
  /**
   * Lists sessions by their last change, newest first. Reads every row, so a page costs more than a page
   * ordered by id.
   */
  listRecentSessions(query: RecentQuery): Promise<SessionRow[]>;
  /**
   * Makes a small durable write to test the store; rejects with JournalUnavailableError when the store cannot
   * be written.
   */
  probe(): Promise<void>;
  /** Counts sessions by status. The cost does not depend on the number of idle sessions. */
  countSessions(): Promise<Record<SessionStatus, number>>;
  /**
   * Lists sessions with unfinished work, oldest change first. The cost does not depend on the number of idle
   * sessions.
   */
  listUnfinished(): Promise<SessionRow[]>;
  /**
   * Reads the events after position `after` in order, at most `limit`. A damaged record appears as a
   * DamagedRecord.
   */
  readEvents(session: string, after: number, limit: number): Promise<(RecordedEvent | DamagedRecord)[]>;

  /** Lists approvals, newest first. Approvals of the same moment are ordered by id, so that the order is stable. */
  listApprovals(query: ApprovalQuery): Promise<ApprovalRow[]>;
  findApproval(id: string): Promise<ApprovalRow | undefined>;
  /** Lists every grant: for each agent, first those for all its sessions, then those for a single session. */
  listGrants(): Promise<ApprovalGrant[]>;
  /** Lists the rules of all grants that cover a session. A revoked grant is never among them. */
  listGrantedRules(session: string, agent: string): Promise<string[]>;
  /** Removes a grant; resolves with false when there is no such grant. */
  revokeGrant(grant: GrantKey): Promise<boolean>;

  /**
   * Calls `listener` when a session has new events or inputs, whichever process wrote them; `foreign` is true
   * when it was another process. Returns a function that removes the listener.
   */
  watch(listener: (session: string, foreign: boolean) => void): () => void;
  close(): Promise<void>;
}

/** An input that is on disk and that no append has consumed yet. */
export interface InboxEntry {
  /** Identifies the entry in an append's `consumed`. */
  entry: number;
  at: number;
  agent: string;
  input: Input;
}

/** Content of one append: events for a session, and everything that must commit in the same transaction. */
export interface AppendBatch {
  session: string;
  generation: number;
  /** Events with consecutive positions; the first one directly follows the session's last event. May be empty. */
  events: readonly RecordedEvent[];
  /** Inbox entries that these events account for; the same transaction removes them from the inbox. */
  consumed: readonly number[];
  /** Status of the session after these events, so that lists and resume need not read the journal. */
  status: SessionStatus;
  /** When a waiting session must be woken, in milliseconds since the epoch; null when no timer wakes it. */
  wakeAt: number | null;
  /** Inputs for other sessions, delivered in the same transaction. */
  send?: readonly OutgoingInput[];
  /** Approvals that are new or changed, and grants that were given with them; written in the same transaction. */
  approvals?: readonly ApprovalRow[];
  grants?: readonly ApprovalGrant[];
  /**
   * Rejects the append with UnreadInputError while the inbox has a cancel or a decision that `consumed` does
   * not contain.
   */
  yields?: boolean;
  /** Gives up ownership in the same transaction, so that the next generation that claims the session gets it. */
  release?: boolean;
}

export interface LoadedRecords {
  /** State folded up to `state.seq`; absent when there is no snapshot that this release can use. */
  snapshot: SessionState | undefined;
  /** All events after the snapshot, or all events of the session when there is no snapshot. */
  events: RecordedEvent[];
}

/** Listing entry of a session, without its events. Times are in milliseconds since the epoch. */
export interface SessionRow {
  session: string;
  agent: string;
  owner: number | null;
  seq: number;
  status: SessionStatus;
  /** Number of inputs in the inbox that no append has consumed yet. */
  inputs: number;
  wakeAt: number | null;
  createdAt: number;
  updatedAt: number;
  damaged: string | null;
}

/** Filters that both listings of sessions share. A filter that is absent matches every session. */
export interface SessionFilter {
  status?: SessionStatus;
  agent?: string;
  /** Lists only sessions whose id starts with this text. */
  prefix?: string;
  /** Lists only sessions that changed at this moment or later; milliseconds since the epoch. */
  since?: number;
  limit: number;
}

export interface SessionQuery extends SessionFilter {
  /** Starts after the session with this id, which need not exist. */
  after?: string;
}

export interface RecentQuery extends SessionFilter {
  /** Starts after this row, the last one of the page before (newest first). */
  before?: Pick<SessionRow, 'updatedAt' | 'session'>;
}

/** Stands for an event whose record cannot be read; `reason` says why. */
export interface DamagedRecord {
  seq: number;
  at: number;
  type: 'damaged';
  reason: string;
}
