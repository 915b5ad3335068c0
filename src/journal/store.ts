/** The store itself: its identity, whether it takes writes, and its end. */
export interface JournalStore {
  /**
   * Random name of this store. It is part of every client's position, so a client notices that a store was
   * replaced.
   */
  readonly store: string;
  /**
   * Makes a small durable write to test the store; rejects with JournalUnavailableError when the store cannot
   * be written.
   */
  probe(): Promise<void>;
  /** Completes the writes that were submitted before and closes the store; later writes are refused. */
  close(): Promise<void>;
}
