import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { createParser } from 'eventsource-parser';
import { McpBatchTooLongError } from '../../../errors/mcp.ts';
import { type JsonValue, markNumbers, parseLossless } from '../../../util/lossless-json.ts';

/**
 * What servers write, as the library wants to read it: without a byte order mark, batches message by message, numbers
 * with all their digits, and results that are no objects inside one.
 */

/** Under this name an object holds a result that is no object itself. */
const BARE = 'midturn/bare';

/** Code of an error that came without one. */
const UNNAMED_ERROR = -32_000;

/** Messages in one text; more are a flood. */
const MOST_MESSAGES = 1_000;

/** The messages in a text, a batch or one. Throws a SyntaxError when it is not JSON. */
export function readMessages(text: string): JsonValue[] {
  const value: JsonValue = parseLossless(text.startsWith('\uFEFF') ? text.slice(1) : text);
  if (Array.isArray(value) && value.length > MOST_MESSAGES)
    throw new McpBatchTooLongError(value.length, MOST_MESSAGES);
  return (Array.isArray(value) ? value : [value]).map(responseOf);
}

/** A response in the form that the protocol wants; anything else stays as it is. */
function responseOf(message: JsonValue): JsonValue {
  if (!isObject(message) || 'method' in message || message['id'] === undefined) return message;
  const { id, result, error } = message;
  if (error !== undefined && error !== null) return { jsonrpc: '2.0', id, error: errorOf(error) };
  return 'result' in message ? { jsonrpc: '2.0', id, result: objectOf(result ?? null) } : message;
}

function objectOf(result: JsonValue): JsonValue {
  if (!isObject(result)) return { [BARE]: result };
  const { _meta: meta, ...rest } = result;
  return meta === undefined || isObject(meta) ? result : rest;
}

/** Some servers answer with a text, or leave the code out. */
function errorOf(error: JsonValue): JsonValue {
  if (!isObject(error)) return { code: UNNAMED_ERROR, message: wordsOf(error) };
  const { code, message, data } = error;
  return {
    code: typeof code === 'number' && Number.isInteger(code) ? code : UNNAMED_ERROR,
    message: wordsOf(message ?? error),
    ...(data === undefined ? {} : { data }),
  };
}

function wordsOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
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

export function isObject(value: unknown): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** Under this name a result that the library lets pass carries what the server sent. */
const RAW = 'midturn/raw';

/** Members that the library would refuse a whole result for; we read them ourselves. */
const OURS = ['content', 'structuredContent', 'isError', 'toolResult', 'tools', 'nextCursor', '_meta'];

/** Knows what was asked, so that results of tools get past a library that refuses all of one for a detail. */
export class Requests {
  readonly #methods = new Map<string, string>();

  /** Notes a request. Servers may repeat its id as a text. */
  note(message: JSONRPCMessage): void {
    if ('method' in message && 'id' in message) this.#methods.set(String(message.id), message.method);
  }

  /** What is to be handed on, and whether it was asked for. */
  settle(message: JSONRPCMessage): { message: JSONRPCMessage; asked: boolean } {
    if ('method' in message) return { message, asked: false };
    const id = String(message.id);
    const method = this.#methods.get(id);
    this.#methods.delete(id);
    const bare = 'result' in message ? bareResult(method, message.result) : undefined;
    return { message: bare ? { ...message, result: bare } : message, asked: method !== undefined };
  }
}

function bareResult(method: string | undefined, result: Record<string, unknown>) {
  const asks = result['resultType'] === 'input_required' || isObject(result['inputRequests']);
  if (asks || (method !== 'tools/list' && method !== 'tools/call')) return undefined;
  const rest = Object.entries(result).filter(([name]) => !OURS.includes(name));
  const empty = method === 'tools/list' ? { tools: [] } : { content: [] };
  return { ...Object.fromEntries(rest), ...empty, [RAW]: result };
}

/** The result as the server sent it. */
export function rawResult(result: Record<string, unknown>): unknown {
  const raw = result[RAW];
  if (!isObject(raw)) return result;
  return BARE in raw ? raw[BARE] : raw;
}
