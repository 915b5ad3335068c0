import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { parseLossless } from '../../util/lossless-json.ts';
import { findErrorObject } from '../failure/error-words.ts';
import { type ChatChunk, detectContent, readChunk } from './chat-chunk.ts';
import { type BodyReader, drainBody, readBriefly } from './linger.ts';
import type { StreamReader } from './read-answer.ts';

/**
 * Reads streams of OpenAI's chat protocol as servers and gateways actually send them: `[DONE]` ends the stream even
 * without a finish reason or with the connection left open, errors are found at any position, and odd fields are
 * corrected.
 */
export const chatReader: StreamReader = {
  correctEvents: correctStream,
  toEvents(whole) {
    const answers = findErrorObject(whole) === undefined && Boolean(readChunk(whole, true)?.choices.length);
    return answers ? `data: ${JSON.stringify(whole)}\n\ndata: [DONE]\n\n` : undefined;
  },
};

function correctStream(bytes: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const body = bytes.getReader();
  const events = new ChatEvents();
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        const ended = await readMore(body, events);
        for (const data of events.takeEvents()) controller.enqueue(Buffer.from(`data: ${data}\n\n`));
        if (ended) return controller.close();
        if (controller.desiredSize !== null && controller.desiredSize <= 0) return;
      }
    },
    cancel: (reason) => body.cancel(reason),
  });
}

/**
 * Reads one chunk; resolves with true at the end. A connection that breaks or hangs after the finish reason is an
 * end.
 */
async function readMore(body: BodyReader, events: ChatEvents): Promise<boolean> {
  const { done, value } = events.finished ? await readBriefly(body) : await body.read();
  if (value) events.addBytes(value);
  if (done) events.finishInput();
  if (events.done) drainBody(body);
  return done || events.done;
}

/** Collects the corrected events of one stream. */
class ChatEvents {
  /** True once the server has sent a finish reason; only the usage may follow. */
  finished = false;
  /** True once `[DONE]` has arrived. */
  done = false;
  #brought: 'calls' | 'text' | null = null;
  #failed = false;
  #ended = false;
  #out: string[] = [];
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({ onEvent: (event) => this.#readEvent(event) });

  addBytes(bytes: Uint8Array): void {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Flushes the parser at the end of the stream, so that a last event without its blank line is read. */
  finishInput(): void {
    this.#ended = true;
    this.#parser.feed(`${this.#decoder.decode()}\n\n`);
  }

  takeEvents(): string[] {
    return this.#out.splice(0);
  }

  #readEvent({ event, data }: EventSourceMessage): void {
    if (this.done) return;
    if (data.trim() === '[DONE]') this.#endStream();
    else this.#readData(event, data, parseEventData(data));
  }

  #readData(event: string | undefined, data: string, parsed: unknown): void {
    const error = findErrorObject(parsed) ?? (event === 'error' ? parsed : undefined);
    if (parsed === undefined) this.#addUnreadable(event, data);
    else if (error !== undefined) this.#addError(error);
    else this.#addChunk(readChunk(parsed, this.#brought === null));
  }

  #addChunk(chunk: ChatChunk | null): void {
    if (!chunk) return;
    this.#brought = detectContent(chunk) ?? this.#brought;
    if (chunk.choices[0]?.finish_reason) this.finished = true;
    const { error: _, ...rest } = chunk;
    this.#out.push(JSON.stringify(rest));
  }

  /** Handles an event that is not JSON. A partial event at the end is ignored: the missing finish reports the cut. */
  #addUnreadable(event: string | undefined, data: string): void {
    if (this.#ended || this.finished) return;
    if (event === 'error') this.#addError({ message: data });
    else this.#out.push(data.replaceAll('\n', ' '));
  }

  #addError(error: unknown): void {
    this.#failed = true;
    this.#out.push(JSON.stringify({ error: typeof error === 'string' ? { message: error } : error }));
  }

  #endStream(): void {
    this.done = true;
    if (this.finished || this.#failed || !this.#brought) return;
    const finish_reason = this.#brought === 'calls' ? 'tool_calls' : 'stop';
    this.#out.push(JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason }] }));
  }
}

function parseEventData(data: string): unknown {
  try {
    return parseLossless(data);
  } catch {
    return undefined;
  }
}
