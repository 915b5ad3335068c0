import type { Response as Received } from 'undici';
import { parseLossless } from '../../util/lossless-json.ts';
import { isPage, readBodyWords } from '../failure/body-words.ts';
import { faultIn } from '../failure/error-words.ts';
import { ProviderFault, unusableFault } from '../failure/provider-fault.ts';

/** How one protocol reads its streams. */
export interface AnswerReader {
  /** Passes a stream of events on, corrected where servers differ from the protocol. */
  stream(bytes: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
  /** The events that amount to a whole answer in one piece of JSON; undefined when it is none. */
  events(whole: unknown): string | undefined;
}

/** Passes events on as they are, and takes no answer in one piece. */
export const plainReader: AnswerReader = { stream: (bytes) => bytes, events: () => undefined };

/**
 * Reads a response with a status of success. Its first bytes tell what it is, because content types are often wrong:
 * a stream of events, or JSON, a web page or a text in place of one. Rejects with ProviderFault when it is no answer,
 * so that a page is not asked for again and again.
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

/** Reads until it is clear what the body is. */
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

/** An empty body, or one that ended within its first word, is a stream that was cut. */
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

/** Bytes; more than any answer in one piece. */
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

/** Words of gateways whose server is away for the moment. */
const PASSING =
  /\b(?:internal (?:server )?error|bad gateway|unavailable|overloaded|time(?:d )?-?out|upstream)\b/i;

function parse(text: string): unknown {
  try {
    return parseLossless(text);
  } catch {
    return undefined;
  }
}
