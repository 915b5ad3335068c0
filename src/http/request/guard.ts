import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import {
  HostNotAllowedError,
  InvalidRequestError,
  OperatorOnlyError,
  OriginNotAllowedError,
  UnauthorizedError,
} from '../../errors/http.ts';
import { CALLBACK } from '../../protocol/mcp.ts';
import type { ApiEnv, ApiLog, HttpConfig } from '../ports/deps.ts';

/** Probes cannot keep secrets, and learn nothing. Browsers that come back from a login bring a secret of their own. */
const OPEN_PATHS = new Set(['/healthz', '/readyz', CALLBACK]);

/** Lets in who may use the daemon: by the right name, from the right page, with a token where one is needed. */
export function guard(config: () => HttpConfig, log: ApiLog): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const host = c.req.header('host');
    const { allowedHosts, ...known } = config();
    const given = bearerOf(c.req.header('authorization'));
    const holder = holderOf(given, known);
    // Whoever has a token is no page that a rebound name leads here, by whatever name the daemon is reached.
    const welcome = c.env.trusted || holder || c.req.path === CALLBACK;
    if (!welcome) checkHost(host, allowedHosts, c.env.incoming?.socket.localAddress);
    checkOrigin(c.req.header('origin'), host);
    c.set('person', null);
    if (c.env.trusted) c.set('by', 'the unix socket');
    else {
      const needed = countOf(known) > 0 && !OPEN_PATHS.has(c.req.path);
      if (needed && !holder) {
        const token = given === undefined ? 'none' : 'unknown';
        log.warn(
          { by: nameOf(c.env.incoming?.socket.remoteAddress), token, path: c.req.path },
          'http:refused',
        );
        throw new UnauthorizedError(given !== undefined);
      }
      c.set('by', nameOf(c.env.incoming?.socket.remoteAddress, holder));
      c.set('person', mayAsk(holder, c.req.method, c.req.path));
    }
    await next();
  };
}

/** The name that is proven, if one is. */
function mayAsk(holder: Holder | undefined, method: string, path: string): string | null {
  const person = holder?.person ?? null;
  if (person !== null && isForOperators(method, path)) throw new OperatorOnlyError(person);
  return person;
}

/** An address literal of ours is safe: only names can be rebound. */
function checkHost(host: string | undefined, allowed: readonly string[], own: string | undefined): void {
  if (host === undefined) {
    throw new InvalidRequestError([{ where: 'header', field: 'host', problem: 'it is missing' }]);
  }
  const name = /^(\[[\da-f:.]+\]|[^\s:/@?#\\[\]]+)(?::\d+)?$/i.exec(host)?.[1]?.toLowerCase();
  if (name === undefined) throw new HostNotAllowedError(host);
  const bare = name.replace(/^\[|\]$/g, '');
  if (isLoopback(bare) || bare === own?.replace(/^::ffff:/, '')) return;
  if (allowed.some((entry) => entry.toLowerCase() === bare)) return;
  throw new HostNotAllowedError(host);
}

function isLoopback(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
  );
}

/** Behind a proxy that speaks TLS the scheme differs; the host does not. */
function checkOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined) return;
  if (host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)) return;
  throw new OriginNotAllowedError(origin);
}

function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

type Known = Pick<HttpConfig, 'tokens' | 'people'>;

/** Whose token it is. */
interface Holder {
  /** In words, for the log. */
  words: string;
  person: string | null;
}

function holderOf(given: string | undefined, { tokens, people }: Known): Holder | undefined {
  if (given === undefined) return undefined;
  const operators = tokens.map((token, index) => {
    return { token, words: `with token ${index + 1} of auth.tokens`, person: null };
  });
  const others = Object.entries(people).map(([person, token]) => ({ token, words: `as ${person}`, person }));
  let found: Holder | undefined;
  // No early exit, and digests of equal length: the time taken says nothing about the tokens.
  for (const { token, ...holder } of [...operators, ...others]) {
    if (timingSafeEqual(digest(token), digest(given))) found = holder;
  }
  return found;
}

function countOf({ tokens, people }: Known): number {
  return tokens.length + Object.keys(people).length;
}

/** Whoever may change the configuration can make himself anybody; a login is what all agents use a server as. */
function isForOperators(method: string, path: string): boolean {
  if (method === 'GET' || method === 'HEAD' || path === '/v1/config/plan') return false;
  return path === '/v1/config' || path.startsWith('/v1/config/') || path.startsWith('/v1/mcp/');
}

function nameOf(address = 'an unknown address', holder?: Holder): string {
  return holder ? `${address} ${holder.words}` : address;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
