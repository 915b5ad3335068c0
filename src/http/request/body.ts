import type { MiddlewareHandler } from 'hono';
import type { ZodError } from 'zod';
import { ConfigTooLargeError } from '../../errors/control.ts';
import {
  BodyTooLargeError,
  CharsetError,
  ContentEncodingError,
  InvalidRequestError,
  MediaTypeError,
  type RequestFault,
} from '../../errors/http.ts';
import { decodeUtf8, skipByteOrderMark } from '../../util/decode-utf8.ts';
import { abbreviate } from '../../util/text.ts';
import type { ApiEnv, HttpConfig } from '../ports/deps.ts';

/** Beyond the text itself: the other members, and escapes, of which the usual ones take two bytes for one. */
const ENVELOPE = 16 * 1024;
/** Faults that an answer names; a hostile body could have a million. */
const FAULTS = 5;
/** Bytes of a configuration; those who load it take no longer one either. */
const CONFIG_LIMIT = 1024 * 1024;

/** Reads the body into memory, no more than the limit, and decodes it, so that the routes get text that is bounded and exact. */
export function boundedBody(config: () => HttpConfig): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const { method } = c.req;
    if (method === 'GET' || method === 'HEAD') return next();
    const { counted, refusal } = limitOf(c.req.path, config());
    const limit = 2 * counted + ENVELOPE;
    if (Number(c.req.header('content-length') ?? 0) > limit) throw refusal();
    const bytes = await read(c.req.raw.body, limit);
    if (bytes === undefined) throw refusal();
    const type = c.req.header('content-type');
    if (bytes.length > 0) {
      checkType(type, method === 'PATCH');
      checkEncoding(c.req.header('content-encoding'));
    }
    // Where the validators look first. A client that announces JSON and sends nothing means an empty object.
    const text = bytes.length > 0 || type === undefined ? textOf(bytes) : '{}';
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
    return next();
  };
}

/** How long the text may be that the body is about, and what is said when it is longer. */
function limitOf(path: string, { messageLimit }: HttpConfig) {
  const ofConfig = path === '/v1/config' || path.startsWith('/v1/config/');
  return ofConfig
    ? { counted: CONFIG_LIMIT, refusal: () => new ConfigTooLargeError(CONFIG_LIMIT) }
    : { counted: messageLimit, refusal: () => new BodyTooLargeError(messageLimit) };
}

/** `undefined` when there is more than `limit`. */
async function read(body: ReadableStream<Uint8Array> | null, limit: number): Promise<Buffer | undefined> {
  if (!body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      const problem = 'it ended early';
      throw new InvalidRequestError([{ where: 'body', field: '', problem }], { cause });
    });
    if (done) return Buffer.concat(chunks, size);
    size += value.length;
    if (size > limit) return undefined;
    chunks.push(value);
  }
}

function checkType(type: string | undefined, patch: boolean): void {
  const [essence = '', ...parameters] = (type ?? '').split(';').map((part) => part.trim().toLowerCase());
  const isJson = essence === 'application/json' || (patch && essence === 'application/merge-patch+json');
  if (!isJson) throw new MediaTypeError(type);
  const charset = parameters
    .find((each) => each.startsWith('charset'))
    ?.replace(/^charset\s*=\s*"?([^"]*)"?$/, '$1');
  if (charset !== undefined && !UTF8.has(charset)) throw new CharsetError(charset);
}

/** Names under which clients announce UTF-8, and the part of it that is ASCII. */
const UTF8: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii']);

function checkEncoding(encoding: string | undefined): void {
  const named = encoding?.trim().toLowerCase();
  if (named !== undefined && named !== '' && named !== 'identity') throw new ContentEncodingError(named);
}

/** Strict: a lenient decoder would store another text than was sent, and take two ids for one. */
function textOf(bytes: Buffer): string {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return skipByteOrderMark(text);
  throw new InvalidRequestError([{ where: 'body', field: '', problem: 'it is not UTF-8' }]);
}

/** Hook of every route: what the schema says against a request becomes one problem document. */
export function refuseInvalid(
  result: { target: string } & ({ success: true } | { success: false; error: ZodError }),
): void {
  if (result.success) return;
  const where = places[result.target] ?? 'body';
  const faults = result.error.issues.slice(0, FAULTS).map(({ path, message }) => {
    return { where, field: abbreviate(path.map(String).join('.'), 100), problem: abbreviate(message, 300) };
  });
  throw new InvalidRequestError(faults);
}

const places: Record<string, RequestFault['where']> = { param: 'path', query: 'query', header: 'header' };
