import type { OutgoingInput } from '../core/delegation/outgoing.ts';
import type { Input, Recorded } from '../core/model/events.ts';
import type { SessionState, SessionStatus } from '../core/model/state.ts';
import type { ApprovalQuery, ApprovalRow, Grant, GrantName } from './approvals.ts';
import type { Delivery, Receipt } from './delivery.ts';
import type { TimeStore } from './time.ts';

export type { Delivery, Receipt } from './delivery.ts';

/**
 * The port to durable storage. One store holds all sessions of a home; several generations (processes) may
 * have it open. Promises that every implementation keeps (test/contract/journal.ts):
 *   - what was acknowledged is on disk: a promise of a write resolves after the fsync;
 *   - `append` is fenced: only the generation that owns the session, only at the expected position, all or nothing;
 *   - `deliver` is idempotent by input id and needs no ownership;
 *   - a failed write leaves the store as it was and rejects with JournalUnavailableError; when the failure is
 *     `uncertain`, such as one of the fsync, a crash may bring the write back.
 */
export interface Journal {
  /** Random name of this store; part of every client's position. */
  readonly store: string;
  /** Schedules and reminders. */
  readonly time: TimeStore;

  /** Registers a process that runs sessions; numbers count up from 1 for the life of the store. */
  openGeneration(info: { version: string; pid: number }): Promise<number>;
  /** Marks a generation as ended and frees what it owns, in one transaction. */
  closeGeneration(generation: number): Promise<void>;
  /**
   * Marks every earlier generation but those in `alive` as ended: their processes are known to be dead or are to be
   * fenced. One transaction, however many sessions that frees.
   */
  endEarlierGenerations(generation: number, alive: readonly number[]): Promise<void>;
  /**
   * A generation begins to leave. From now on it owns only the sessions in `keep`, can claim none, and gives back
   * each one with `Append.release`. One transaction; what it does not keep is not touched.
   */
  leave(generation: number, keep: readonly string[]): Promise<void>;

  /**
   * Stores an input (and its session, if new) for the generation that owns the session. Idempotent by `input.id`. In
   * the same transaction, a decision is checked against its question: rejects with ApprovalClosedError when that one
   * is settled or `at` is not before its `expiresAt`, and with ApprovalNotFoundError when the session has no such one.
   */
  deliver(delivery: Delivery): Promise<Receipt>;
  /** Inputs of a session that no append has consumed yet, in order of arrival. */
  inbox(session: string): Promise<InboxEntry[]>;

  /**
   * Takes ownership. Succeeds when nobody or this generation owns the session. Rejects with FencedError otherwise,
   * also when this generation has ended or leaves, and with SessionNotFoundError.
   */
  claim(session: string, generation: number): Promise<void>;
  /**
   * Snapshot and what follows it. Rejects with DamagedSessionError when a record cannot be read or is newer than
   * this release knows; nothing else is affected by that.
   */
  load(session: string): Promise<Loaded>;
  /**
   * Rejects with FencedError, JournalConflictError (unexpected position), UnreadInputError (see `yields`) or
   * JournalUnavailableError.
   */
  append(batch: Append): Promise<void>;
  saveSnapshot(session: string, state: SessionState): Promise<void>;
  /** Marks a session that cannot be loaded, so that nobody tries again; `null` takes the mark back. */
  markDamaged(session: string, reason: string | null): Promise<void>;

  putBlob(id: string, data: Uint8Array): Promise<void>;
  /** Bytes `[offset, offset + length)` of a blob; `undefined` when there is no such blob. */
  readBlob(id: string, offset: number, length: number): Promise<Uint8Array | undefined>;

  session(session: string): Promise<SessionRow | undefined>;
  /** Sessions by id. */
  sessions(query: SessionQuery): Promise<SessionRow[]>;
  /** Sessions by their last change, newest first. Reads every row, so a page costs more than one of `sessions`. */
  recentSessions(query: RecentQuery): Promise<SessionRow[]>;
  /** Makes a small durable write; rejects with JournalUnavailableError when the store takes none. */
  probe(): Promise<void>;
  /** Number of sessions by status; cheap however many there are idle. */
  counts(): Promise<Record<SessionStatus, number>>;
  /** Sessions with unfinished work, oldest first; cheap however many sessions are idle. */
  unfinished(): Promise<SessionRow[]>;
  /** Events after `after`, in order, at most `limit`. Damaged records appear as `{ seq, at, type: 'damaged' }`. */
  events(session: string, after: number, limit: number): Promise<(Recorded | DamagedRecord)[]>;

  /** Newest first; those of one moment by their id, so that the order is stable. */
  approvals(query: ApprovalQuery): Promise<ApprovalRow[]>;
  approval(id: string): Promise<ApprovalRow | undefined>;
  /** Those for every session, then those for one. */
  grants(): Promise<Grant[]>;
  /** The rules of all grants that hold for a session; whoever took one back, it is not there any more. */
  granted(session: string, agent: string): Promise<string[]>;
  /** Takes a grant back; false when there is none. */
  revoke(grant: GrantName): Promise<boolean>;

  /**
   * Calls `listener` when a session has new events or inputs, from any process; `foreign` says that another one wrote
   * them. Returns the unsubscriber.
   */
  watch(listener: (session: string, foreign: boolean) => void): () => void;
  close(): Promise<void>;
}

export interface InboxEntry {
  /** Names the entry in `Append.consumed`. */
  entry: number;
  at: number;
  agent: string;
  input: Input;
}

export interface Append {
  session: string;
  generation: number;
  /** Consecutive, the first one right after the session's last event. May be empty. */
  events: readonly Recorded[];
  /** Inbox entries that these events account for; removed from the inbox in the same transaction. */
  consumed: readonly number[];
  /** What lists and resume need to know without reading the journal. */
  status: SessionStatus;
  /** When a waiting session wants to be woken, in milliseconds since the epoch. */
  wakeAt: number | null;
  /** Inputs for other sessions, delivered in the same transaction. */
  send?: readonly OutgoingInput[];
  /** Questions to people that are new or changed, and what was granted beyond one call, in the same transaction. */
  approvals?: readonly ApprovalRow[];
  grants?: readonly Grant[];
  /** Refuses the append with UnreadInputError while the inbox has a cancel or a decision that `consumed` lacks. */
  yields?: boolean;
  /** Gives the session up in the same transaction: the next one that claims it has it. */
  release?: boolean;
}

export interface Loaded {
  /** Folded up to `state.seq`; absent when there is no usable snapshot. */
  snapshot: SessionState | undefined;
  /** Everything after the snapshot. */
  events: Recorded[];
}

export interface SessionRow {
  session: string;
  agent: string;
  owner: number | null;
  seq: number;
  status: SessionStatus;
  /** Inputs that wait to be looked at. */
  inputs: number;
  wakeAt: number | null;
  createdAt: number;
  updatedAt: number;
  damaged: string | null;
}

/** Filters that both listings of sessions share. */
export interface SessionFilter {
  status?: SessionStatus;
  agent?: string;
  /** Only sessions whose id starts with this. */
  prefix?: string;
  /** Only sessions that changed at this moment or later; milliseconds since the epoch. */
  since?: number;
  limit: number;
}

export interface SessionQuery extends SessionFilter {
  /** Sessions are listed by id; start after this one. */
  after?: string;
}

export interface RecentQuery extends SessionFilter {
  /** Sessions are listed by their last change, newest first; start after this row of an earlier page. */
  before?: Pick<SessionRow, 'updatedAt' | 'session'>;
}

export interface DamagedRecord {
  seq: number;
  at: number;
  type: 'damaged';
  reason: string;
}
