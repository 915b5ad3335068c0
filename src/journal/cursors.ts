import type { InputDelivery } from './inbox.ts';
import type { HeldLease } from './leases.ts';

/** How far each consumer has come in the feed (`EventLog.readFeed`), durably. */
export interface Cursors {
  /** Resolves with the position up to which the consumer has processed the feed; 0 for a new consumer. */
  readCursor(consumer: string): Promise<number>;
  /**
   * Moves a cursor forward and stores what the consumer derived from the events before it, in one transaction.
   * When the cursor is already there or beyond, writes nothing at all and resolves with false, so an advance can
   * be repeated after an uncertain failure. Rejects with LeaseNotHeldError when `lease` is lost.
   */
  advanceCursor(advance: CursorAdvance): Promise<boolean>;
}

export interface CursorAdvance {
  consumer: string;
  position: number;
  /** Inputs for sessions; one that its session refuses is dropped, as in an append. */
  send?: readonly InputDelivery[];
  /** The lease under which the consumer works. Without one, any process may move the cursor. */
  lease?: HeldLease;
}
