import type { Input } from '../core/model/events.ts';

/** An input on its way into a session's inbox, from a client, a schedule, a reminder or another session. */
export interface InputDelivery {
  session: string;
  /** Agent of the session if this delivery creates it; ignored when the session already exists. */
  agent: string;
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
