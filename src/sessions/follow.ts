import type { LiveCall, LiveStream, ToolStatus } from '../engine/port/live-stream.ts';
import { SessionNotFoundError } from '../errors/errors.ts';
import type { Catalog } from '../journal/catalog.ts';
import { readPages } from './read-pages.ts';
import type { Followed } from './sessions.ts';
import { PAGE, type SharedReads } from './shared-reads.ts';

export interface FollowPorts {
  journal: Catalog;
  liveStream: LiveStream;
  reads: SharedReads;
}

/**
 * Yields every event after `after`, once and in order, and what running steps produce in between. The follower
 * pulls, so nothing is collected for a slow one: parts that it has not taken arrive later as one larger piece, or
 * not at all when the step's durable event came first. Rejects with SessionNotFoundError.
 */
export async function* followSession(
  { journal, liveStream, reads }: FollowPorts,
  session: string,
  after: number,
  signal: AbortSignal,
  want: { parts: boolean } = { parts: true },
): AsyncGenerator<Followed> {
  if (!(await journal.findSession(session))) throw new SessionNotFoundError(session);
  const news = new ChangeFlags(signal);
  const live = new LiveCursor({ liveStream, reads }, session);
  const hear = (produced: Readonly<LiveCall> | ToolStatus) => {
    live.noteLive(produced);
    news.setChanged('parts');
  };
  const stop = [
    reads.addListener(session, () => news.setChanged('events')),
    want.parts ? liveStream.addListener(session, hear) : () => {},
  ];
  try {
    for (let position = after; !signal.aborted; ) {
      // Followers that wake up together take turns. The slot is also that of the first item.
      await reads.waitForSlot();
      if (news.takeChange('events')) {
        for await (const event of readEventsAfter(reads, session, position, signal)) {
          yield { kind: 'event', event };
          live.noteEvent(event);
          position = event.seq;
        }
      }
      // Events that came meanwhile go first, because one of them may hold the end of this call.
      if (!news.hasChange('events') && news.takeChange('parts')) yield* live.readNewParts();
      await news.waitForChange();
    }
  } finally {
    for (const end of stop) end();
  }
}

/** Yields the events after a position up to the current end: the first at once, each other one in its own slot. */
async function* readEventsAfter(reads: SharedReads, session: string, after: number, signal: AbortSignal) {
  const read = (position: number) => reads.readPage(session, position);
  let isFirst = true;
  for await (const page of readPages(read, { after, size: PAGE })) {
    for (const event of page) {
      if (!isFirst) await reads.waitForSlot();
      isFirst = false;
      yield event;
    }
    if (signal.aborted) return;
  }
}

/** Position of one follower in what the running model call and tool calls of the session produce. */
class LiveCursor {
  /** The newest call; kept after the call has ended, because its last part often arrives together with its end. */
  #call: Readonly<LiveCall> | undefined;
  /** Reports of tool calls that the follower has not taken, by call. */
  readonly #statuses = new Map<string, ToolStatus>();
  #step = 0;
  #attempt = 0;
  /** Number of segments that were taken as a whole, and the length taken of the next one. */
  #segment = 0;
  #taken = 0;
  readonly #ports: Pick<FollowPorts, 'liveStream' | 'reads'>;
  readonly #session: string;

  constructor(ports: Pick<FollowPorts, 'liveStream' | 'reads'>, session: string) {
    this.#ports = ports;
    this.#session = session;
    this.#call = ports.liveStream.get(session);
    for (const status of ports.liveStream.listToolStatuses(session)) this.#statuses.set(status.call, status);
  }

  noteLive(live: Readonly<LiveCall> | ToolStatus): void {
    if ('segments' in live) this.#call = live;
    else this.#statuses.set(live.call, live);
  }

  /** The event of a step's end holds its result; only a step that still runs has more. */
  noteEvent(event: { type: string; call?: unknown }): void {
    if (event.type.startsWith('tool_call_') && event.type !== 'tool_call_started') {
      this.#statuses.delete(String(event.call));
    }
    if (event.type !== 'model_call_finished' && event.type !== 'model_call_interrupted') return;
    this.#call = this.#ports.liveStream.get(this.#session);
  }

  *readNewParts(): Iterable<Followed> {
    if (this.#call) yield* this.#readSegments(this.#call);
    const statuses = [...this.#statuses.values()];
    this.#statuses.clear();
    for (const status of statuses) yield this.#ports.reads.shareStatus(status);
  }

  *#readSegments(call: Readonly<LiveCall>): Iterable<Followed> {
    if (call.step !== this.#step || call.attempt !== this.#attempt) {
      [this.#step, this.#attempt, this.#segment, this.#taken] = [call.step, call.attempt, 0, 0];
    }
    for (const segment of call.segments.slice(this.#segment)) {
      const from = this.#taken;
      this.#taken = segment.text.length;
      if (segment.text.length > from) yield this.#ports.reads.sliceSegment(call, segment, from);
      if (segment === call.segments.at(-1)) return;
      this.#segment += 1;
      this.#taken = 0;
    }
  }
}

/** Records whether there are new events or live parts, until the follower takes them. */
class ChangeFlags {
  readonly #fresh = { events: true, parts: true };
  readonly #signal: AbortSignal;
  #wake = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  setChanged(what: 'events' | 'parts'): void {
    this.#fresh[what] = true;
    this.#wake();
  }

  hasChange(what: 'events' | 'parts'): boolean {
    return this.#fresh[what];
  }

  takeChange(what: 'events' | 'parts'): boolean {
    const fresh = this.#fresh[what];
    this.#fresh[what] = false;
    return fresh;
  }

  /** Resolves when something is new, at once when it already is, or when the signal aborts. */
  waitForChange(): Promise<void> {
    if (this.#fresh.events || this.#fresh.parts || this.#signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
