import type { Response as Received } from 'undici';
import { parseLossless } from '../../util/lossless-json.ts';
import { isPage, readBodyWords } from '../failure/body-words.ts';
import { faultIn } from '../failure/error-words.ts';
import { ProviderFault, unusableFault } from '../failure/provider-fault.ts';

/** Reads the responses of one provider protocol. */
export interface AnswerReader {
  /** Passes on a stream of events and corrects deviations from the protocol. */
  stream(bytes: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
  /** Converts a complete answer in one JSON value to events; undefined when it is not an answer. */
  events(whole: unknown): string | undefined;
}

/** Passes on events unchanged and does not accept an answer in one JSON value. */
export const plainReader: AnswerReader = { stream: (bytes) => bytes, events: () => undefined };

/**
 * Reads a response with a status of success. Its first bytes decide whether it is an event stream, JSON, a web page
 * or plain text, because content types are often wrong. Rejects with ProviderFault when it is not an answer, so
 * that the call is not retried in vain.
 */
export async function readAnswer(received: Received, reader: AnswerReader): Promise<Response> {
  const { status, statusText } = received;
  const headers = [...received.headers].filter(([name]) => !/^content-(?:encoding|length)$/.test(name));
  const respond = (bytes: ReadableStream<Uint8Array>) =>
    new Response(reader.stream(bytes), { status: 200, statusText, headers });
  if (!received.body) throw new ProviderFault(unusableFault(`status ${status} without a body`));
  const body = received.body.getReader();
  const { head, text } = await readHead(body);
  if (isEventStream(text)) return respond(joined(head, body));
  const whole = await readRest(head, body);
  const parsed = parse(whole);
  const events = reader.events(parsed);
  if (events !== undefined) return respond(new Blob([events]).stream());
  throw new ProviderFault({ ...faultOf(whole, parsed, received), headers: Object.fromEntries(headers) });
}

type Body = ReadableStreamDefaultReader<Uint8Array>;

/** Reads chunks until the kind of the body is clear. */
async function readHead(body: Body): Promise<{ head: Uint8Array[]; text: string }> {
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
    text.startsWith(':') || FIELDS.some((field) => text.startsWith(field) || field.startsWith(text.trim()))
  );
}

const FIELDS = ['data:', 'event:', 'id:', 'retry:'];

function joined(head: readonly Uint8Array[], body: Body): ReadableStream<Uint8Array> {
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
const LONGEST = 16 * 1024 * 1024;

async function readRest(head: readonly Uint8Array[], body: Body): Promise<string> {
  const parts = [...head];
  let length = parts.reduce((sum, part) => sum + part.length, 0);
  for (;;) {
    const { done, value } = await body.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    if (length > LONGEST) {
      await body.cancel();
      break;
    }
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

function faultOf(whole: string, parsed: unknown, { url, redirected, headers }: Received) {
  const words = readBodyWords(whole) ?? 'nothing';
  const from = redirected ? ` from ${url}` : '';
  if (parsed !== undefined)
    return faultIn(parsed) ?? unusableFault(`JSON${from} that is no answer: ${words}`);
  if (isPage(whole)) return unusableFault(`a web page${from}: ${words}`);
  const fault = unusableFault(
    `a text${from} (${headers.get('content-type') ?? 'no content type'}): ${words}`,
  );
  return PASSING.test(words) ? { ...fault, unusable: false, status: 502 } : fault;
}

/** Phrases of gateways whose server is temporarily unavailable. */
const PASSING =
  /\b(?:internal (?:server )?error|bad gateway|unavailable|overloaded|time(?:d )?-?out|upstream)\b/i;

function parse(text: string): unknown {
  try {
    return parseLossless(text);
  } catch {
    return undefined;
  }
}
