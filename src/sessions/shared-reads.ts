import type { Recorded } from '../core/model/events.ts';
import type { DamagedRecord, Journal } from '../journal/journal.ts';
import type { LiveText } from '../runner/port/live-text.ts';
import type { Followed } from './sessions.ts';

/** Events of one page; more are read when the follower has taken these. */
export const PAGE = 100;

/** Sessions whose newest page stays in memory. */
const MOST_PAGES = 16;

/** What a follower is handed at most in one turn of the event loop, all followers of the process together. */
const PER_TURN = 64;

type Page = (Recorded | DamagedRecord)[];
type LiveCall = NonNullable<ReturnType<LiveText['get']>>;
type Delta = Extract<Followed, { kind: 'delta' }>;

/**
 * What all followers of a process share: followers at the same position of a session get the same event objects from
 * one read, so that each is encoded once, and they are served a few in each turn of the event loop, so that requests
 * of other sessions do not wait for them.
 */
export class SharedReads {
  readonly #journal: Journal;
  readonly #pages = new Map<string, { after: number; page: Promise<Page> }>();
  readonly #deltas = new WeakMap<LiveCall, { offset: number; end: number; followed: Delta }>();
  readonly #waiting: (() => void)[] = [];
  #served = 0;

  /** The watch ends with the journal. */
  constructor(journal: Journal) {
    this.#journal = journal;
    journal.watch((session) => this.#pages.delete(session));
  }

  /** At most `PAGE` events after the position. */
  readPage(session: string, after: number): Promise<Page> {
    const known = this.#pages.get(session);
    if (known?.after === after) return known.page;
    const page = this.#journal.events(session, after, PAGE);
    this.#pages.delete(session);
    this.#pages.set(session, { after, page });
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > MOST_PAGES && oldest !== undefined) this.#pages.delete(oldest);
    return page;
  }

  /** The text of a running call from `offset` on; the same object for every follower that is as far. */
  sliceText(call: LiveCall, offset: number): Delta {
    const { step, attempt, text } = call;
    const known = this.#deltas.get(call);
    if (known?.offset === offset && known.end === text.length) return known.followed;
    const delta = { type: 'delta', step, attempt, offset, text: text.slice(offset) } as const;
    const followed: Delta = { kind: 'delta', delta };
    this.#deltas.set(call, { offset, end: text.length, followed });
    return followed;
  }

  /** Resolves when one more item may be handed out: at once, or in a later turn of the event loop. */
  admit(): Promise<void> {
    if (this.#served < PER_TURN && this.#waiting.length === 0) {
      if (this.#served === 0) setImmediate(this.#beginTurn);
      this.#served += 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  readonly #beginTurn = (): void => {
    const next = this.#waiting.splice(0, PER_TURN);
    this.#served = next.length;
    if (next.length > 0) setImmediate(this.#beginTurn);
    for (const resolve of next) resolve();
  };
}
