import type { LiveText } from '../engine/port/live-text.ts';
import { SessionNotFoundError } from '../errors/errors.ts';
import type { Journal } from '../journal/journal.ts';
import { readPages } from './read-pages.ts';
import type { Followed } from './sessions.ts';
import { PAGE, type SharedReads } from './shared-reads.ts';

export interface FollowPorts {
  journal: Journal;
  liveText: LiveText;
  reads: SharedReads;
}

/**
 * Yields every event after `after`, once and in order, and the text of running model calls in between. The
 * follower pulls, so nothing is collected for a slow one: text that it has not taken arrives later as one
 * larger piece, or not at all when the call's durable event came first. Rejects with SessionNotFoundError.
 */
export async function* followSession(
  { journal, liveText, reads }: FollowPorts,
  session: string,
  after: number,
  signal: AbortSignal,
  want: { text: boolean } = { text: true },
): AsyncGenerator<Followed> {
  if (!(await journal.findSession(session))) throw new SessionNotFoundError(session);
  const news = new ChangeFlags(signal);
  const text = new TextCursor({ liveText, reads }, session);
  const hear = (call: LiveCall) => {
    text.call = call;
    news.setChanged('text');
  };
  const stop = [
    journal.watch((name) => {
      if (name === session) news.setChanged('events');
    }),
    want.text ? liveText.addListener(session, hear) : () => {},
  ];
  try {
    for (let position = after; !signal.aborted; ) {
      if (news.takeChange('events')) {
        for await (const event of readEventsAfter(reads, session, position, signal)) {
          yield { kind: 'event', event };
          text.noteEvent(event);
          position = event.seq;
        }
      }
      if (news.takeChange('text')) {
        await reads.waitForSlot();
        yield* text.readNewText();
      }
      await news.waitForChange();
    }
  } finally {
    for (const end of stop) end();
  }
}

/** Yields the events after a position up to the current end, each when its follower may take one more. */
async function* readEventsAfter(reads: SharedReads, session: string, after: number, signal: AbortSignal) {
  const read = (position: number) => reads.readPage(session, position);
  for await (const page of readPages(read, { after, size: PAGE })) {
    for (const event of page) {
      await reads.waitForSlot();
      yield event;
    }
    if (signal.aborted) return;
  }
}

type LiveCall = NonNullable<ReturnType<LiveText['get']>>;

/** Position of one follower in the text of the running model call. */
class TextCursor {
  /** The newest call; kept after the call has ended, because its last text often arrives together with its end. */
  call: LiveCall | undefined;
  #step = 0;
  #attempt = 0;
  #offset = 0;
  readonly #ports: Pick<FollowPorts, 'liveText' | 'reads'>;
  readonly #session: string;

  constructor(ports: Pick<FollowPorts, 'liveText' | 'reads'>, session: string) {
    this.#ports = ports;
    this.#session = session;
    this.call = ports.liveText.get(session);
  }

  /** The event of a call's end holds its text; only a call that still runs has more. */
  noteEvent({ type }: { type: string }): void {
    if (type !== 'model_call_finished' && type !== 'model_call_interrupted') return;
    this.call = this.#ports.liveText.get(this.#session);
  }

  *readNewText(): Iterable<Followed> {
    if (!this.call) return;
    const { step, attempt, text } = this.call;
    if (step !== this.#step || attempt !== this.#attempt) this.#offset = 0;
    const offset = this.#offset;
    [this.#step, this.#attempt, this.#offset] = [step, attempt, text.length];
    if (text.length === offset) return;
    yield this.#ports.reads.sliceText(this.call, offset);
  }
}

/** Records whether there are new events or new text, until the follower takes them. */
class ChangeFlags {
  readonly #fresh = { events: true, text: true };
  readonly #signal: AbortSignal;
  #wake = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  setChanged(what: 'events' | 'text'): void {
    this.#fresh[what] = true;
    this.#wake();
  }

  takeChange(what: 'events' | 'text'): boolean {
    const fresh = this.#fresh[what];
    this.#fresh[what] = false;
    return fresh;
  }

  /** Resolves when something is new, at once when it already is, or when the signal aborts. */
  waitForChange(): Promise<void> {
    if (this.#fresh.events || this.#fresh.text || this.#signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
