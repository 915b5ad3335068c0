import { DamagedSessionError } from '../../errors/errors.ts';
import type { InboxEntry, Journal } from '../../journal/journal.ts';

/**
 * Reads the inbox of one session when something may be new in it. A generation that leaves may meet an input of a
 * newer release: it is left where it is, for the generation that takes over.
 */
export class InboxReader {
  readonly #journal: Journal;
  readonly #session: string;
  readonly #mayLeave: () => boolean;
  #isNew = true;
  #unreadable = false;
  #firstAgent = '';

  /** `mayLeave` says whether this generation leaves, so that what it cannot read is no damage. */
  constructor(journal: Journal, session: string, mayLeave: () => boolean) {
    this.#journal = journal;
    this.#session = session;
    this.#mayLeave = mayLeave;
  }

  /** Agent that the first input of a new session names; empty before one was read. */
  get firstAgent(): string {
    return this.#firstAgent;
  }

  /** Whether the last read met an input that this release cannot read. */
  get isUnreadable(): boolean {
    return this.#unreadable;
  }

  /** Something was delivered: the next `takeEntries` reads again. */
  expect(): void {
    this.#isNew = true;
  }

  /** The entries, or none when nothing was delivered since the last call. Rejects with DamagedSessionError. */
  async takeEntries(): Promise<InboxEntry[]> {
    if (!this.#isNew) return [];
    this.#isNew = false;
    const entries = await this.readEntries();
    this.#firstAgent ||= entries[0]?.agent ?? '';
    return entries;
  }

  /** All entries that no append has consumed. Rejects with DamagedSessionError. */
  async readEntries(): Promise<InboxEntry[]> {
    try {
      return await this.#journal.inbox(this.#session);
    } catch (error) {
      this.#unreadable = this.#mayLeave() && error instanceof DamagedSessionError;
      if (this.#unreadable) return [];
      throw error;
    }
  }
}
