import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { createParser } from 'eventsource-parser';
import { McpBatchTooLongError } from '../../../errors/mcp.ts';
import { type JsonValue, markNumbers, parseLossless } from '../../../util/lossless-json.ts';

/**
 * Converts what servers write to what the library accepts: the byte order mark is removed, batches are split into
 * messages, numbers keep all their digits, and results that are not objects are wrapped in one.
 */

/** The member under which a wrapper object holds a result that is not an object itself. */
const BARE = 'midturn/bare';

/** The JSON-RPC error code for an error that arrived without a valid code. */
const UNNAMED_ERROR = -32_000;

/** The maximum number of messages in one batch; a larger one is refused. */
const MAX_BATCH_MESSAGES = 1_000;

/**
 * Parses one message or a batch. Throws a SyntaxError for invalid JSON and McpBatchTooLongError for a large batch.
 */
export function parseMessages(text: string): JsonValue[] {
  const value: JsonValue = parseLossless(text.startsWith('\uFEFF') ? text.slice(1) : text);
  if (Array.isArray(value) && value.length > MAX_BATCH_MESSAGES)
    throw new McpBatchTooLongError(value.length, MAX_BATCH_MESSAGES);
  return (Array.isArray(value) ? value : [value]).map(normalizeResponse);
}

/** Corrects a response to the form that the protocol requires; requests and notifications stay unchanged. */
function normalizeResponse(message: JsonValue): JsonValue {
  if (!isPlainObject(message) || 'method' in message || message['id'] === undefined) return message;
  const { id, result, error } = message;
  if (error !== undefined && error !== null) return { jsonrpc: '2.0', id, error: normalizeError(error) };
  return 'result' in message ? { jsonrpc: '2.0', id, result: toObjectResult(result ?? null) } : message;
}

function toObjectResult(result: JsonValue): JsonValue {
  if (!isPlainObject(result)) return { [BARE]: result };
  const { _meta: meta, ...rest } = result;
  return meta === undefined || isPlainObject(meta) ? result : rest;
}

/** Corrects an error, because some servers send a plain text or omit the code. */
function normalizeError(error: JsonValue): JsonValue {
  if (!isPlainObject(error)) return { code: UNNAMED_ERROR, message: toText(error) };
  const { code, message, data } = error;
  return {
    code: typeof code === 'number' && Number.isInteger(code) ? code : UNNAMED_ERROR,
    message: toText(message ?? error),
    ...(data === undefined ? {} : { data }),
  };
}

function toText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** Returns a `fetch` that rewrites response bodies for the library; the parsed messages need `unmarkNumbers`. */
export function createRewritingFetch(inner: Fetch): Fetch {
  return async (url, init) => {
    const response = await inner(url, init);
    const { status, statusText, headers } = response;
    const rewrite = chooseRewrite(headers.get('content-type')?.toLowerCase() ?? '');
    if (!rewrite || !response.body) return response;
    return new Response(response.body.pipeThrough(rewrite), { status, statusText, headers });
  };
}

function chooseRewrite(type: string): TransformStream<Uint8Array, Uint8Array> | undefined {
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
      const messages = markMessages(body);
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
      for (const message of markMessages(data) ?? [data]) out += `${head}${toDataLines(message)}\n`;
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

function toDataLines(data: string): string {
  return data
    .split('\n')
    .map((line) => `data: ${line}\n`)
    .join('');
}

/** Returns each message as JSON with its numbers marked; `undefined` when the text is not JSON. */
function markMessages(text: string): string[] | undefined {
  try {
    return parseMessages(text).map((message) => markNumbers(JSON.stringify(message)));
  } catch {
    return undefined;
  }
}

export function isPlainObject(value: unknown): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** The member under which a substitute result carries the server's original result past the library's validation. */
const RAW = 'midturn/raw';

/** Members whose content the library would validate, refusing the whole result; the daemon reads them itself. */
const WITHHELD_MEMBERS = [
  'content',
  'structuredContent',
  'isError',
  'toolResult',
  'tools',
  'nextCursor',
  '_meta',
];

/** An open request; `version` is the protocol version that an `initialize` offers. */
interface OpenRequest {
  method: string;
  version: string | undefined;
}

/**
 * Tracks open requests, so that results of tool calls and lists can bypass the library's strict validation, and so
 * that a server which answers with an unknown protocol version is used nevertheless.
 */
export class RequestTracker {
  readonly #requests = new Map<string, OpenRequest>();

  /** Records an outgoing request by its id as a string, because servers may return the id as one. */
  addRequest(message: JSONRPCMessage): void {
    if (!('method' in message && 'id' in message)) return;
    const { method, params } = message;
    const offered = method === 'initialize' ? params?.['protocolVersion'] : undefined;
    this.#requests.set(String(message.id), {
      method,
      version: typeof offered === 'string' ? offered : undefined,
    });
  }

  /** Returns the message to pass to the library, and whether it answers an open request. */
  matchResponse(message: JSONRPCMessage): { message: JSONRPCMessage; asked: boolean } {
    if ('method' in message) return { message, asked: false };
    const id = String(message.id);
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    const bare = request && 'result' in message ? adaptResult(request, message.result) : undefined;
    return { message: bare ? { ...message, result: bare } : message, asked: request !== undefined };
  }
}

/** Returns the result to pass to the library in place of this one; undefined when it can stay as it is. */
function adaptResult({ method, version }: OpenRequest, result: Record<string, unknown>) {
  if (version === undefined) return withheldResult(method, result);
  return isKnownVersion(result['protocolVersion'], version)
    ? undefined
    : { ...result, protocolVersion: version };
}

/**
 * Versions are dates. The library knows none that is later than the one that it offers, and would refuse the server,
 * although most of them speak the offered version as well.
 */
function isKnownVersion(answered: unknown, offered: string): boolean {
  return typeof answered === 'string' && /^\d{4}-\d\d-\d\d$/.test(answered) && answered <= offered;
}

function withheldResult(method: string, result: Record<string, unknown>) {
  const asks = result['resultType'] === 'input_required' || isPlainObject(result['inputRequests']);
  if (asks || (method !== 'tools/list' && method !== 'tools/call')) return undefined;
  const rest = Object.entries(result).filter(([name]) => !WITHHELD_MEMBERS.includes(name));
  const empty = method === 'tools/list' ? { tools: [] } : { content: [] };
  return { ...Object.fromEntries(rest), ...empty, [RAW]: result };
}

/** Returns a result as the server sent it, without the wrapper and substitute of this file. */
export function readRawResult(result: Record<string, unknown>): unknown {
  const raw = result[RAW];
  if (!isPlainObject(raw)) return result;
  return BARE in raw ? raw[BARE] : raw;
}
