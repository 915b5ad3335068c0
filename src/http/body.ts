import type { MiddlewareHandler } from 'hono';
import type { ZodError } from 'zod';
import { ConfigTooLargeError } from '../errors/control.ts';
import { BodyTooLargeError, InvalidRequestError, MediaTypeError, type RequestFault } from '../errors/http.ts';
import type { ApiEnv, HttpConfig } from './deps.ts';

/** Beyond the text itself: the other members, and escapes, of which the usual ones take two bytes for one. */
const ENVELOPE = 16 * 1024;
/** Faults that an answer names; a hostile body could have a million. */
const FAULTS = 5;
/** Bytes of a configuration; those who load it take no longer one either. */
const CONFIG_LIMIT = 1024 * 1024;

/** Reads the body into memory, no more than the limit, so that nobody after it has to count. */
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
    if (bytes.length > 0) checkType(type, method === 'PATCH');
    // Where the validators look first. A client that announces JSON and sends nothing means an empty object.
    const text = bytes.length > 0 || type === undefined ? bytes.toString('utf8') : '{}';
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
  const essence = type?.split(';')[0]?.trim().toLowerCase();
  if (essence === 'application/json' || (patch && essence === 'application/merge-patch+json')) return;
  throw new MediaTypeError(type);
}

/** Hook of every route: what the schema says against a request becomes one problem document. */
export function refuseInvalid(
  result: { target: string } & ({ success: true } | { success: false; error: ZodError }),
): void {
  if (result.success) return;
  const where = places[result.target] ?? 'body';
  const faults = result.error.issues.slice(0, FAULTS).map(({ path, message }) => {
    return { where, field: path.map(String).join('.').slice(0, 100), problem: message.slice(0, 300) };
  });
  throw new InvalidRequestError(faults);
}

const places: Record<string, RequestFault['where']> = { param: 'path', query: 'query', header: 'header' };
