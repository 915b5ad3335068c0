import { createParser } from 'eventsource-parser';
import { type JsonValue, markNumbers, parseLossless } from '../../util/lossless-json.ts';

/**
 * What servers write, as the library wants to read it: without a byte order mark, batches message by message, numbers
 * with all their digits, and results that are no objects inside one.
 */

/** Under this name an object holds a result that is no object itself. */
const BARE = 'midturn/bare';

/** The messages in a text, a batch or one. Throws a SyntaxError when it is not JSON. */
export function readMessages(text: string): JsonValue[] {
  const value: JsonValue = parseLossless(text.startsWith('\uFEFF') ? text.slice(1) : text);
  return (Array.isArray(value) ? value : [value]).map(withObject);
}

function withObject(message: JsonValue): JsonValue {
  if (!isObject(message) || !('result' in message) || isObject(message['result'])) return message;
  return { ...message, result: { [BARE]: message['result'] } };
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** `fetch` for a library that parses answers by itself: bodies are rewritten, and its messages need `unmarkNumbers`. */
export function rewritingFetch(inner: Fetch): Fetch {
  return async (url, init) => {
    const response = await inner(url, init);
    const { status, statusText, headers } = response;
    const rewrite = rewriteOf(headers.get('content-type')?.toLowerCase() ?? '');
    if (!rewrite || !response.body) return response;
    return new Response(response.body.pipeThrough(rewrite), { status, statusText, headers });
  };
}

function rewriteOf(type: string): TransformStream<Uint8Array, Uint8Array> | undefined {
  if (type.includes('text/event-stream')) return rewriteEvents();
  return type.includes('application/json') ? rewriteJson() : undefined;
}

function rewriteJson(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let body = '';
  return new TransformStream({
    transform(bytes) {
      body += decoder.decode(bytes, { stream: true });
    },
    flush(controller) {
      body += decoder.decode();
      const messages = messagesIn(body);
      const text = messages && (messages.length === 1 ? messages[0] : `[${messages.join(',')}]`);
      controller.enqueue(Buffer.from(text ?? body));
    },
  });
}

function rewriteEvents(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let out = '';
  const parser = createParser({
    onRetry: (retry) => {
      out += `retry: ${retry}\n\n`;
    },
    onEvent({ event, id, data }) {
      const head = `${event === undefined ? '' : `event: ${event}\n`}${id === undefined ? '' : `id: ${id}\n`}`;
      for (const message of messagesIn(data) ?? [data]) out += `${head}${linesOf(message)}\n`;
    },
  });
  return new TransformStream({
    transform(bytes, controller) {
      parser.feed(decoder.decode(bytes, { stream: true }));
      if (out !== '') controller.enqueue(Buffer.from(out));
      out = '';
    },
  });
}

function linesOf(data: string): string {
  return data
    .split('\n')
    .map((line) => `data: ${line}\n`)
    .join('');
}

/** Each message as JSON with its numbers marked; `undefined` when the text is not JSON. */
function messagesIn(text: string): string[] | undefined {
  try {
    return readMessages(text).map((message) => markNumbers(JSON.stringify(message)));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}
