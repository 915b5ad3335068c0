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
import { abbreviateText } from '../../util/text.ts';
import type { ApiConfig, ApiEnv } from '../ports/deps.ts';
import type { RouteBody, RouteTable } from './route-facts.ts';

/** Bytes beyond twice the text: the other members. The factor two covers the usual escapes. */
const ENVELOPE_BYTES = 16 * 1024;
/** Faults that an answer lists at most; a hostile body could have a million. */
const MAX_FAULTS = 5;
/** Largest configuration in bytes; the loader accepts no larger one either. */
const CONFIG_LIMIT = 1024 * 1024;

/**
 * Middleware that reads the body up to the limit and decodes it, so that routes get bounded, exact text.
 * Throws BodyTooLargeError, MediaTypeError, CharsetError, ContentEncodingError or InvalidRequestError.
 */
export function limitBody(config: () => ApiConfig, routes: RouteTable): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const { method } = c.req;
    if (method === 'GET' || method === 'HEAD') return next();
    const body = routes.findFacts(c)?.['x-body-limit'];
    // The route reads the body itself, piece by piece, and counts it.
    if (body === 'file') return next();
    const { counted, refusal } = limitOf(body, config());
    const limit = 2 * counted + ENVELOPE_BYTES;
    if (Number(c.req.header('content-length') ?? 0) > limit) throw refusal();
    const bytes = await readAtMost(c.req.raw.body, limit);
    if (bytes === undefined) throw refusal();
    const type = c.req.header('content-type');
    if (bytes.length > 0) {
      checkType(type, method === 'PATCH');
      checkEncoding(c.req.header('content-encoding'));
    }
    // The validators read this cache first. An announced JSON body without any bytes counts as an empty
    // object.
    const text = bytes.length > 0 || type === undefined ? decodeBody(bytes) : '{}';
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
    return next();
  };
}

/** Returns the limit in bytes for the text of a request, and the error when it is exceeded. */
function limitOf(body: Exclude<RouteBody, 'file'> = 'message', { messageLimit }: ApiConfig) {
  return body === 'config'
    ? { counted: CONFIG_LIMIT, refusal: () => new ConfigTooLargeError(CONFIG_LIMIT) }
    : { counted: messageLimit, refusal: () => new BodyTooLargeError(messageLimit) };
}

/**
 * Reads the body; resolves with `undefined` when it exceeds `limit` bytes. Throws InvalidRequestError when it
 * ends early.
 */
async function readAtMost(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Buffer | undefined> {
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

/** Charset names that clients use for UTF-8, and for ASCII, which is a subset of it. */
const UTF8: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii']);

/** Throws ContentEncodingError for a compressed body. */
export function checkEncoding(encoding: string | undefined): void {
  const named = encoding?.trim().toLowerCase();
  if (named !== undefined && named !== '' && named !== 'identity') throw new ContentEncodingError(named);
}

/** Decodes strictly: a lenient decoder would store other text than was sent, and confuse different ids. */
function decodeBody(bytes: Buffer): string {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return skipByteOrderMark(text);
  throw new InvalidRequestError([{ where: 'body', field: '', problem: 'it is not UTF-8' }]);
}

/** Hook of every route: turns the schema's faults into InvalidRequestError. */
export function refuseInvalid(
  result: { target: string } & ({ success: true } | { success: false; error: ZodError }),
): void {
  if (result.success) return;
  const where = FAULT_LOCATIONS[result.target] ?? 'body';
  const faults = result.error.issues.slice(0, MAX_FAULTS).map(({ path, message }) => {
    return {
      where,
      field: abbreviateText(path.map(String).join('.'), 100),
      problem: abbreviateText(message, 300),
    };
  });
  throw new InvalidRequestError(faults);
}

const FAULT_LOCATIONS: Record<string, RequestFault['where']> = {
  param: 'path',
  query: 'query',
  header: 'header',
};
