import type { OpenResponse } from '../ports/draining.ts';
import type { EventFrame } from './frames.ts';

export interface StreamPorts<Item> {
  /** Position before the first event. */
  after: number;
  /** Milliseconds between two comments on a silent stream. */
  heartbeat: number;
  /** Returns the bytes of an item, shared with the other streams that send it. */
  encode(item: Item): EventFrame;
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

const encoder = new TextEncoder();

type Outcome<Item> = { result: IteratorResult<Item> } | { error: unknown };

/**
 * Events as server-sent events. It takes an event from the source only after the reader has taken
 * the last one, so a slow reader costs one event of memory and delays no other client.
 *
 * States: open, until the stream is asked to end, the source ends or it fails; then a last event gives the
 * reason and the stream closes.
 */
export class EventStream<Item> implements OpenResponse {
  readonly body: ReadableStream<Uint8Array>;
  readonly #source: AsyncIterator<Item>;
  readonly #ports: StreamPorts<Item>;
  #position: number;
  #hasSentRetry = false;
  #ending = false;
  #ended = false;
  #asked = false;
  #outcome: Outcome<Item> | undefined;
  #wake = () => {};

  constructor(source: AsyncIterable<Item>, ports: StreamPorts<Item>) {
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
      return controller.enqueue(this.#takeFrame(outcome.result.value));
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
  async #nextOutcome(): Promise<Outcome<Item> | 'heartbeat' | 'ending'> {
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
    const settle = (outcome: Outcome<Item>) => {
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

  #takeFrame(item: Item): Uint8Array {
    const { bytes, position } = this.#ports.encode(item);
    this.#position = position ?? this.#position;
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
