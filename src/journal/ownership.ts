import type { ApprovalGrant } from '../core/approvals/grants.ts';
import type { OutgoingInput } from '../core/delegation/outgoing.ts';
import type { RecordedEvent } from '../core/model/events.ts';
import type { SessionStatus } from '../core/model/state.ts';
import type { ApprovalRow } from './approvals.ts';
import type { UsageRow } from './usage.ts';

/**
 * Generations and the sessions that they own. `append` is fenced by ownership: it succeeds only for the
 * generation that owns the session, only at the expected position, and all or nothing.
 */
export interface Ownership {
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
   * any, and gives each of them back with an append that has `release`. Of its named leases it keeps those in
   * `leases` until it releases them. Uses one transaction; sessions that it does not keep are not written.
   */
  startLeaving(generation: number, keep: readonly string[], leases?: readonly string[]): Promise<void>;
  /**
   * Takes ownership of a session that has no owner or already belongs to this generation. Rejects with
   * FencedError when another generation owns it or when this generation has ended or is leaving, and with
   * SessionNotFoundError.
   */
  claimSession(session: string, generation: number): Promise<void>;
  /**
   * Adds events to a session and consumes inputs, in one transaction. Rejects with FencedError,
   * JournalConflictError (unexpected position), UnreadInputError (see `yields`) or JournalUnavailableError.
   */
  append(batch: AppendBatch): Promise<void>;
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
  /** Attempts of model calls that these events end; added to the usage ledger in the same transaction. */
  usage?: readonly UsageRow[];
  /**
   * Rejects the append with UnreadInputError while the inbox has a cancel or a decision that `consumed` does
   * not contain.
   */
  yields?: boolean;
  /** Gives up ownership in the same transaction, so that the next generation that claims the session gets it. */
  release?: boolean;
}
