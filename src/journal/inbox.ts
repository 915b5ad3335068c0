import type { Input } from '../core/model/events.ts';

/** Inputs that reach sessions from outside. Storing one needs no ownership of the session. */
export interface Inbox {
  /**
   * Stores an input (and its session, if new) for the generation that owns the session. Idempotent by
   * `input.id`. The same transaction checks a decision against its approval: rejects with ApprovalClosedError
   * when the approval is settled or `at` is not before its `expiresAt`, and with ApprovalNotFoundError when the
   * session has no such approval. It also checks that all files of the input are stored: rejects with
   * BlobNotFoundError when one is not.
   */
  deliver(delivery: InputDelivery): Promise<InputReceipt>;
  /** Resolves with the inputs of a session that no append has consumed yet, in order of arrival. */
  readInbox(session: string): Promise<InboxEntry[]>;
}

/** An input on its way into a session's inbox, from a client, a schedule, a reminder or another session. */
export interface InputDelivery {
  session: string;
  /**
   * Agent of the session if this delivery creates it; ignored when the session already exists. Null for an input that
   * must not create one, such as a result; then a missing session is an error.
   */
  agent: string | null;
  input: Input;
  /** Milliseconds since the epoch. */
  at: number;
}

/**
 * Confirms that an input is on disk. A repeated delivery of the same input id gets the same receipt, with
 * `duplicate` set.
 */
export interface InputReceipt {
  session: string;
  input: string;
  /**
   * Position of the session when the input was first stored. Every event that the input causes has a higher
   * position.
   */
  seq: number;
  duplicate: boolean;
}

/** An input that is on disk and that no append has consumed yet. */
export interface InboxEntry {
  /** Identifies the entry in an append's `consumed`. */
  entry: number;
  at: number;
  agent: string;
  input: Input;
}
