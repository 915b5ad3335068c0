import type { RecordedEvent } from '../core/model/events.ts';
import type { LiveCall, StreamSegment, ToolStatus } from '../engine/port/live-stream.ts';
import type { DamagedRecord, EventLog } from '../journal/event-log.ts';
import type { Followed } from './sessions.ts';

/** Events of one page; a follower that has taken them reads the next page. */
export const PAGE = 100;

/** Number of sessions whose newest page stays in memory. */
const MAX_CACHED_PAGES = 16;

/** Items handed out in one turn of the event loop, to all followers of the process together. */
const ITEMS_PER_TURN = 64;

type Page = (RecordedEvent | DamagedRecord)[];
type LiveDelta = Extract<Followed, { kind: 'delta' }>;

/**
 * Reads that all followers of a process share. Followers at the same position get the same event objects from
 * one read, so each event is encoded once. Only a few items are handed out in each turn of the event loop, so
 * that requests of other sessions do not wait.
 */
export class SharedReads {
  readonly #journal: EventLog;
  readonly #pages = new Map<string, { after: number; page: Promise<Page> }>();
  readonly #deltas = new WeakMap<StreamSegment, { from: number; end: number; followed: LiveDelta }>();
  readonly #reports = new WeakMap<ToolStatus, LiveDelta>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #waiting: (() => void)[] = [];
  #served = 0;

  /** Drops a session's cached page when the session changes; the watch ends with the journal. */
  constructor(journal: EventLog) {
    this.#journal = journal;
    journal.watch((session) => {
      this.#pages.delete(session);
      for (const listener of this.#listeners.get(session) ?? []) listener();
    });
  }

  /**
   * Calls `listener` when the session has new events or inputs. One watch serves all followers, so a change costs
   * nothing for those of other sessions. Returns a function that removes the listener.
   */
  addListener(session: string, listener: () => void): () => void {
    const known = this.#listeners.get(session) ?? new Set();
    this.#listeners.set(session, known.add(listener));
    return () => {
      known.delete(listener);
      if (known.size === 0) this.#listeners.delete(session);
    };
  }

  /** Reads at most `PAGE` events after the position; callers at the same position share one read. */
  readPage(session: string, after: number): Promise<Page> {
    const known = this.#pages.get(session);
    if (known?.after === after) return known.page;
    const page = this.#journal.readEvents(session, after, PAGE);
    this.#pages.delete(session);
    this.#pages.set(session, { after, page });
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > MAX_CACHED_PAGES && oldest !== undefined) this.#pages.delete(oldest);
    return page;
  }

  /** Returns a segment of a running call from its position `from` on, as one object for every follower there. */
  sliceSegment({ step, attempt }: Readonly<LiveCall>, segment: StreamSegment, from: number): LiveDelta {
    const known = this.#deltas.get(segment);
    if (known?.from === from && known.end === segment.text.length) return known.followed;
    const { offset, text, ...about } = segment;
    const sliced = { offset: offset + from, text: text.slice(from) };
    const followed: LiveDelta = {
      kind: 'delta',
      delta: { type: 'delta', step, attempt, ...about, ...sliced },
    };
    this.#deltas.set(segment, { from, end: text.length, followed });
    return followed;
  }

  /** Returns the report of a tool call as one object for every follower. */
  shareStatus(status: ToolStatus): LiveDelta {
    const known = this.#reports.get(status);
    if (known) return known;
    const { call, attempt, text } = status;
    const about = { step: Number.parseInt(call, 10), attempt, call, offset: 0, text };
    const followed: LiveDelta = { kind: 'delta', delta: { type: 'delta', kind: 'tool_status', ...about } };
    this.#reports.set(status, followed);
    return followed;
  }

  /** Resolves when the caller may hand out one more item: at once, or in a later turn of the event loop. */
  waitForSlot(): Promise<void> {
    if (this.#served < ITEMS_PER_TURN && this.#waiting.length === 0) {
      if (this.#served === 0) setImmediate(this.#beginTurn);
      this.#served += 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  readonly #beginTurn = (): void => {
    const next = this.#waiting.splice(0, ITEMS_PER_TURN);
    this.#served = next.length;
    if (next.length > 0) setImmediate(this.#beginTurn);
    for (const resolve of next) resolve();
  };
}
