import { DamagedSessionError } from '../../../errors/errors.ts';
import type { InboxEntry } from '../../../journal/inbox.ts';
import type { Lease } from '../../engine.ts';

/**
 * Reads the inbox of one session when it may have a new input. A leaving generation may find an input of a
 * newer release; it leaves that input for the next generation.
 */
export class InboxReader {
  readonly #lease: Lease;
  readonly #mayLeave: () => boolean;
  #isNew = true;
  #unreadable = false;
  #firstAgent = '';

  /**
   * `mayLeave` returns whether this generation leaves; then an input that it cannot read is not treated as
   * damage.
   */
  constructor(lease: Lease, mayLeave: () => boolean) {
    this.#lease = lease;
    this.#mayLeave = mayLeave;
  }

  /** Agent that the first input of a new session names; empty until that input was read. */
  get firstAgent(): string {
    return this.#firstAgent;
  }

  /** Whether the last read met an input that this release cannot read. */
  get isUnreadable(): boolean {
    return this.#unreadable;
  }

  /** Marks the inbox as changed, so that the next `takeEntries` reads it. */
  markNew(): void {
    this.#isNew = true;
  }

  /**
   * Returns the inbox, or nothing when no input was delivered since the last call. Rejects with
   * DamagedSessionError.
   */
  async takeEntries(): Promise<InboxEntry[]> {
    if (!this.#isNew) return [];
    this.#isNew = false;
    const entries = await this.readEntries();
    this.#firstAgent ||= entries[0]?.agent ?? '';
    return entries;
  }

  /** Returns all entries that no append has consumed. Rejects with DamagedSessionError. */
  async readEntries(): Promise<InboxEntry[]> {
    try {
      return await this.#lease.readInbox();
    } catch (error) {
      this.#unreadable = this.#mayLeave() && error instanceof DamagedSessionError;
      if (this.#unreadable) return [];
      throw error;
    }
  }
}
