import type { EventLog, FeedQuery, FeedSlice } from '../journal/event-log.ts';

/** Number of pages that stay in memory. */
const MAX_PAGES = 16;

/**
 * The end of the feed as all followers of a process share it. Followers at the same position with the same filter
 * get the same event objects from one read, so each event is encoded once; a change of the journal costs one look
 * at the end of the feed, however many followers wait.
 */
export class SharedFeed {
  readonly #journal: EventLog;
  readonly #pages = new Map<string, Promise<FeedSlice>>();
  readonly #waiting = new Set<() => void>();
  #end = 0;
  #isLooking = false;

  /** The watch ends with the journal. */
  constructor(journal: EventLog) {
    this.#journal = journal;
    journal.watch(() => {
      if (this.#waiting.size > 0) this.#lookSoon();
    });
  }

  readPage(query: FeedQuery): Promise<FeedSlice> {
    const key = JSON.stringify([query.after, query.limit, query.prefix, query.types]);
    const known = this.#pages.get(key);
    if (known) return known;
    const page = this.#journal.readFeed(query);
    this.#pages.set(key, page);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > MAX_PAGES && oldest !== undefined) this.#pages.delete(oldest);
    return page;
  }

  /** Resolves when the feed has an event after this position, at once when it already has, or on abort. */
  waitBeyond(position: number, signal: AbortSignal): Promise<void> {
    if (this.#end > position || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        if (this.#end <= position && !signal.aborted) return;
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
      // Finds an event that came before this follower waited.
      this.#lookSoon();
    });
  }

  /** Looks at the end of the feed in a later turn of the event loop, once for all changes until then. */
  #lookSoon(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    setImmediate(() => void this.#lookAtEnd());
  }

  async #lookAtEnd(): Promise<void> {
    this.#isLooking = false;
    const end = await this.#journal.findFeedEnd().catch(() => this.#end);
    if (end === this.#end) return;
    this.#end = end;
    this.#pages.clear();
    for (const wake of this.#waiting) wake();
  }
}
