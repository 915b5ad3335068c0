import type { Blame } from '../core/model/events.ts';
import type { SessionState } from '../core/model/state.ts';
import type { Approvals } from '../journal/approvals.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Catalog } from '../journal/catalog.ts';
import type { EventLog, LoadedRecords } from '../journal/event-log.ts';
import type { Inbox, InboxEntry } from '../journal/inbox.ts';
import type { AppendBatch } from '../journal/ownership.ts';

/**
 * Port to what keeps sessions and decides which process runs each of them. An engine offers sessions to a host, one
 * lease at a time for each session; the host runs a session as long as it has the lease. Every implementation keeps
 * the promises of test/contract/engine.
 */
export interface Engine {
  /** Name of the store; part of every position and idempotency key, and the same in all processes of the store. */
  readonly store: string;
  /** Number of this run of the engine: unique in the store and counting up. Events record it. */
  readonly generation: number;
  /** What any process may read about sessions, deliver to them and store for them, with or without a lease. */
  readonly sessions: SessionStore;
  /**
   * From now on sessions are offered to the host: after an input, at the time they rest until, and when another host
   * has passed or lost them.
   */
  serve(host: Host): void;
  /**
   * Tells the engine that a session may have a new input or may be free: its lease is notified, or the session is
   * offered if no host has it. Must not throw; the engine works it out by itself later when this call is lost.
   */
  wakeSession(session: string): void;
  /**
   * Offers every session that rests in the middle of a turn, because something other than an input may let it
   * continue, such as a raised limit. Must not throw.
   */
  offerRested(): void;
  /**
   * Offers nothing more. Leases of the sessions in `keep` stay until they are passed; all others end. Resolves when
   * that is durable; rejects with JournalUnavailableError, and may then be called again.
   */
  leave(keep: readonly string[]): Promise<void>;
  /** Ends this run and closes the store; sessions whose leases it still has become free. */
  close(): Promise<void>;
}

export type SessionStore = Pick<Catalog, 'findSession' | 'countSessions' | 'listUnfinished'> &
  Pick<EventLog, 'loadSession'> &
  Pick<Inbox, 'deliver'> &
  Pick<Approvals, 'listGrantedRules'> &
  Blobs;

/** A process that runs sessions, as the engine sees it. */
export interface Host {
  /**
   * Receives a session, which is the host's until the lease ends. The host loads it at once when the lease is
   * urgent, and otherwise at its own pace. Must not throw.
   */
  own(lease: Lease): void;
  /**
   * Returns what the engine needs to choose a host: the names of the places whose work this process can continue,
   * such as the machine that a running command is bound to, and how many sessions it has.
   */
  places(): { names: readonly string[]; sessions: number };
}

/**
 * The right to run one session. It ends when the host gives it up with `rest`, `pass` or `setAside`, and when it is
 * lost. After its end every write rejects with FencedError and changes nothing; only this session is affected.
 */
export interface Lease {
  readonly session: string;
  /** Aborts when another host has the session or may have it. The host stops its work without recording anything. */
  readonly lost: AbortSignal;
  /** Whether the host should load the session at once, because an input has arrived or its time has come. */
  readonly urgent: boolean;
  /**
   * Returns how far the session is suspected of having crashed the run with this number, in which its last turn was
   * worked on.
   */
  getBlame(generation: number): Blame;
  /**
   * Takes the session and loads its latest usable snapshot with all later events. Rejects with FencedError when
   * another host has it, with DamagedSessionError when a record cannot be read, and with SessionNotFoundError.
   */
  load(): Promise<LoadedRecords>;
  /** Resolves with the inputs that no append has consumed yet, in order of arrival. */
  readInbox(): Promise<InboxEntry[]>;
  /** Calls `listener` after each new input, wherever it was delivered. Returns the function that unsubscribes. */
  onInput(listener: () => void): () => void;
  /**
   * Appends at the expected position, all or nothing, in one transaction. Rejects with FencedError,
   * JournalConflictError (unexpected position), UnreadInputError (see `yields`) or JournalUnavailableError.
   */
  append(batch: LeaseBatch): Promise<void>;
  /** Stores the state as of `state.seq`; an older snapshot does not replace a newer one. */
  saveSnapshot(state: SessionState): Promise<void>;
  /**
   * Gives the session back because nothing can be done for it now. It is offered again after its next input, and at
   * `wakeAt` (milliseconds since the epoch; null for no time).
   */
  rest(wakeAt: number | null): Promise<void>;
  /** Gives the session up at a step boundary. It is offered to another host, or to this one when there is none. */
  pass(): Promise<void>;
  /** Marks the session as impossible to load, so that no host tries again before an operator releases it. */
  setAside(reason: string): Promise<void>;
}

/** Content of one append with a lease. `pass` gives the session up in the same transaction. */
export type LeaseBatch = Omit<AppendBatch, 'session' | 'generation' | 'release'> & { pass?: boolean };
