import type { Response as Received } from 'undici';
import { parseLossless } from '../../util/lossless-json.ts';
import { isWebPage, readBodyMessage } from '../failure/body-words.ts';
import { findBodyError } from '../failure/error-words.ts';
import { createUnusableError, ProviderFault } from '../failure/provider-fault.ts';

/** Reads the responses of one provider protocol. */
export interface StreamReader {
  /** Passes on a stream of events and corrects deviations from the protocol. */
  correctEvents(bytes: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
  /** Converts a complete answer in one JSON value to events; undefined when it is not an answer. */
  toEvents(whole: unknown): string | undefined;
}

/** Passes on events unchanged and does not accept an answer in one JSON value. */
export const plainReader: StreamReader = { correctEvents: (bytes) => bytes, toEvents: () => undefined };

/**
 * Reads a response with a status of success. Its first bytes decide whether it is an event stream, JSON, a web page
 * or plain text, because content types are often wrong. Rejects with ProviderFault when it is not an answer, so
 * that the call is not retried in vain.
 */
export async function readResponse(received: Received, reader: StreamReader): Promise<Response> {
  const { status, statusText } = received;
  const headers = [...received.headers].filter(([name]) => !/^content-(?:encoding|length)$/.test(name));
  const respond = (bytes: ReadableStream<Uint8Array>) =>
    new Response(reader.correctEvents(bytes), { status: 200, statusText, headers });
  if (!received.body) throw new ProviderFault(createUnusableError(`status ${status} without a body`));
  const body = received.body.getReader();
  const { head, text } = await readHead(body);
  if (isEventStream(text)) return respond(joinBody(head, body));
  const whole = await readRest(head, body);
  const parsed = parseAnswerBody(whole);
  const events = reader.toEvents(parsed);
  if (events !== undefined) return respond(new Blob([events]).stream());
  throw new ProviderFault({
    ...describeFault(whole, parsed, received),
    headers: Object.fromEntries(headers),
  });
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array>;

/** Reads chunks until the kind of the body is clear. */
async function readHead(body: BodyReader): Promise<{ head: Uint8Array[]; text: string }> {
  const head: Uint8Array[] = [];
  const decoder = new TextDecoder();
  let text = '';
  while (!/^(?:[{[<:]|.{6})/s.test(text)) {
    const { done, value } = await body.read();
    if (done) break;
    head.push(value);
    text = (text + decoder.decode(value, { stream: true })).trimStart();
  }
  return { head, text };
}

/**
 * Tells whether the body is an event stream; an empty body, or one that ended early, is a stream that was cut off.
 */
function isEventStream(text: string): boolean {
  return (
    text.startsWith(':') ||
    EVENT_FIELDS.some((field) => text.startsWith(field) || field.startsWith(text.trim()))
  );
}

const EVENT_FIELDS = ['data:', 'event:', 'id:', 'retry:'];

function joinBody(head: readonly Uint8Array[], body: BodyReader): ReadableStream<Uint8Array> {
  const rest = [...head];
  return new ReadableStream({
    async pull(controller) {
      const next = rest.shift() ?? (await body.read()).value;
      if (next) controller.enqueue(next);
      else controller.close();
    },
    cancel: (reason) => body.cancel(reason),
  });
}

/** The maximum size in bytes of a body that is not a stream; the rest is discarded. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

async function readRest(head: readonly Uint8Array[], body: BodyReader): Promise<string> {
  const parts = [...head];
  let length = parts.reduce((sum, part) => sum + part.length, 0);
  for (;;) {
    const { done, value } = await body.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    if (length > MAX_BODY_BYTES) {
      await body.cancel();
      break;
    }
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

function describeFault(whole: string, parsed: unknown, { url, redirected, headers }: Received) {
  const words = readBodyMessage(whole) ?? 'nothing';
  const from = redirected ? ` from ${url}` : '';
  if (parsed !== undefined)
    return findBodyError(parsed) ?? createUnusableError(`JSON${from} that is no answer: ${words}`);
  if (isWebPage(whole)) return createUnusableError(`a web page${from}: ${words}`);
  const fault = createUnusableError(
    `a text${from} (${headers.get('content-type') ?? 'no content type'}): ${words}`,
  );
  return TEMPORARY_FAILURE.test(words) ? { ...fault, unusable: false, status: 502 } : fault;
}

/** Phrases of gateways whose server is temporarily unavailable. */
const TEMPORARY_FAILURE =
  /\b(?:internal (?:server )?error|bad gateway|unavailable|overloaded|time(?:d )?-?out|upstream)\b/i;

function parseAnswerBody(text: string): unknown {
  try {
    return parseLossless(text);
  } catch {
    return undefined;
  }
}
