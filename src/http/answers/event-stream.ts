import { toWireEvent } from '../../protocol/content.ts';
import { nameDelta } from '../../protocol/events.ts';
import { formatPosition } from '../../protocol/ids/position.ts';
import type { Followed } from '../../sessions/sessions.ts';
import type { OpenResponse } from '../ports/draining.ts';

export interface StreamPorts {
  store: string;
  /** Position before the first event. */
  after: number;
  /** Milliseconds between two comments on a silent stream. */
  heartbeat: number;
  /** Called once, when the stream sends nothing more. */
  ended(): void;
  /** Breaks the connection of a reader that takes nothing. */
  cut(): void;
  /** Returns the problem document of a failed source, as JSON. */
  explain(error: unknown): string;
}

/**
 * Milliseconds until a client reconnects by itself: after a lost connection, and when the daemon asks for it.
 */
const RETRY = 1000;
const RETRY_SOON = { least: 20, most: 50 };

/** Encoded frames by event object. All followers of a session get the same objects, so each is encoded once. */
const frames = new WeakMap<object, { store: string; bytes: Uint8Array }>();
const encoder = new TextEncoder();

type Outcome = { result: IteratorResult<Followed> } | { error: unknown };

/**
 * A session's events as server-sent events. It takes an event from the source only after the reader has taken
 * the last one, so a slow reader costs one event of memory and delays no other client.
 *
 * States: open, until the stream is asked to end, the source ends or it fails; then a last event gives the
 * reason and the stream closes.
 */
export class EventStream implements OpenResponse {
  readonly body: ReadableStream<Uint8Array>;
  readonly #source: AsyncIterator<Followed>;
  readonly #ports: StreamPorts;
  #position: number;
  #hasSentRetry = false;
  #ending = false;
  #ended = false;
  #asked = false;
  #outcome: Outcome | undefined;
  #wake = () => {};

  constructor(source: AsyncIterable<Followed>, ports: StreamPorts) {
    this.#source = source[Symbol.asyncIterator]();
    this.#ports = ports;
    this.#position = ports.after;
    this.body = new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#pullFrame(controller), cancel: () => this.#finishStream() },
      { highWaterMark: 0 },
    );
  }

  endSoon(): void {
    this.#ending = true;
    this.#wake();
  }

  cutOff(): void {
    this.#ports.cut();
    this.#finishStream();
  }

  async #pullFrame(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const send = (text: string) => controller.enqueue(encoder.encode(text));
    if (!this.#hasSentRetry) {
      this.#hasSentRetry = true;
      return send(`retry: ${RETRY}\n\n`);
    }
    const outcome = await this.#nextOutcome();
    if (this.#ended) return;
    if (outcome === 'heartbeat') return send(':\n\n');
    if (outcome !== 'ending' && 'result' in outcome && !outcome.result.done) {
      return controller.enqueue(this.#encodeFrame(outcome.result.value));
    }
    send(
      outcome !== 'ending' && 'error' in outcome ? this.#problemFrame(outcome.error) : this.#reconnectFrame(),
    );
    controller.close();
    this.#finishStream();
  }

  /**
   * Resolves with the source's next item, or with what happens first: a heartbeat or the end. The source is
   * asked once for each event.
   */
  async #nextOutcome(): Promise<Outcome | 'heartbeat' | 'ending'> {
    if (!this.#asked) this.#askSource();
    if (!this.#outcome && !this.#ending) await this.#waitForChange();
    if (this.#ending) return 'ending';
    const outcome = this.#outcome;
    if (!outcome) return 'heartbeat';
    this.#outcome = undefined;
    this.#asked = false;
    return outcome;
  }

  #askSource(): void {
    this.#asked = true;
    const settle = (outcome: Outcome) => {
      this.#outcome = outcome;
      this.#wake();
    };
    this.#source.next().then(
      (result) => settle({ result }),
      (error: unknown) => settle({ error }),
    );
  }

  #waitForChange(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#ports.heartbeat);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #encodeFrame(followed: Followed): Uint8Array {
    const { store } = this.#ports;
    if (followed.kind === 'event') this.#position = followed.event.seq;
    const said = followed.kind === 'event' ? followed.event : followed.delta;
    const known = frames.get(said);
    if (known?.store === store) return known.bytes;
    const bytes = encoder.encode(formatFrame(followed, store));
    frames.set(said, { store, bytes });
    return bytes;
  }

  #reconnectFrame(): string {
    const { least, most } = RETRY_SOON;
    const retry = Math.round(least + Math.random() * (most - least));
    return `retry: ${retry}\nevent: reconnect\ndata: ${JSON.stringify({ after: this.#position })}\n\n`;
  }

  #problemFrame(error: unknown): string {
    return `event: problem\ndata: ${this.#ports.explain(error)}\n\n`;
  }

  #finishStream(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake();
    this.#ports.ended();
    void this.#source.return?.()?.catch(() => {});
  }
}

function formatFrame(followed: Followed, store: string): string {
  if (followed.kind === 'delta') {
    return `event: ${nameDelta(followed.delta.kind)}\ndata: ${JSON.stringify(followed.delta)}\n\n`;
  }
  const { event } = followed;
  const id = formatPosition({ store, seq: event.seq });
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(toWireEvent(event))}\n\n`;
}
