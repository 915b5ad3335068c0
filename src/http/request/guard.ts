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
import type { ApiConfig, ApiEnv, ApiLog } from '../ports/deps.ts';
import type { RouteAccess, RouteTable } from './route-facts.ts';

/**
 * Middleware that admits a request by these rules, in order:
 * 1. A browser may reach the daemon only by an allowed host name. Example: `Host: evil.example` gets 403, so
 *    DNS rebinding fails. The unix socket, a valid token and the login callback are exempt.
 * 2. An `Origin` header must name the same host. Example: a page of `http://evil.example` gets 403 for every
 *    request.
 * 3. The unix socket needs no token, because its file mode admits only the owner.
 * 4. Over TCP, a token is needed once one is configured. Example: no token gets 401 and a log line.
 * 5. A route that declares `open` access needs no token: probes cannot keep a secret and reveal nothing, and a
 *    browser that returns from a login brings the login's own secret. Example: `GET /healthz`.
 * 6. A person's token opens no route that declares `operate`. Example: `PUT /v1/config` with it gets 403.
 */
export function guardAccess(
  config: () => ApiConfig,
  log: ApiLog,
  routes: RouteTable,
): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const host = c.req.header('host');
    const { allowedHosts, ...known } = config();
    const given = bearerOf(c.req.header('authorization'));
    const holder = findTokenHolder(given, known);
    // A request with a valid token cannot come from a page under a rebound name, so any host name is
    // accepted.
    const welcome = c.env.trusted || holder || c.req.path === CALLBACK;
    if (!welcome) checkHost(host, allowedHosts, c.env.incoming?.socket.localAddress);
    checkOrigin(c.req.header('origin'), host);
    const access = routes.findFacts(c)?.['x-access'] ?? 'read';
    c.set('person', null);
    if (c.env.trusted) c.set('by', 'the unix socket');
    else {
      const needed = countTokens(known) > 0 && access !== 'open';
      const address = c.env.incoming?.socket.remoteAddress;
      if (needed && !holder) throw logRefusal(log, given, describeCaller(address), c.req.path);
      c.set('by', describeCaller(address, holder));
      c.set('person', requirePermission(holder, access));
    }
    await next();
  };
}

/** Logs that a request had no valid token, without the token itself, and returns the error for the client. */
function logRefusal(log: ApiLog, given: string | undefined, by: string, path: string): UnauthorizedError {
  log.warn({ by, token: given === undefined ? 'none' : 'unknown', path }, 'http:refused');
  return new UnauthorizedError(given !== undefined);
}

/**
 * Returns the name that the token proves, or null; throws OperatorOnlyError when a person requests an
 * operator action.
 */
function requirePermission(holder: TokenHolder | undefined, access: RouteAccess): string | null {
  const person = holder?.person ?? null;
  if (person !== null && access === 'operate') throw new OperatorOnlyError(person);
  return person;
}

/** Checks the host name. Address literals of this machine are safe, because only names can be rebound. */
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

/** Compares hosts only, because behind a TLS proxy the scheme differs. */
function checkOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined) return;
  if (host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)) return;
  throw new OriginNotAllowedError(origin);
}

function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

type KnownTokens = Pick<ApiConfig, 'tokens' | 'people'>;

/** Owner of a token. */
interface TokenHolder {
  /** Description for the log. */
  words: string;
  person: string | null;
}

function findTokenHolder(
  given: string | undefined,
  { tokens, people }: KnownTokens,
): TokenHolder | undefined {
  if (given === undefined) return undefined;
  const operators = tokens.map((token, index) => {
    return { token, words: `with token ${index + 1} of auth.tokens`, person: null };
  });
  const others = Object.entries(people).map(([person, token]) => ({ token, words: `as ${person}`, person }));
  let found: TokenHolder | undefined;
  // No early exit, and digests of equal length, so that the time taken reveals nothing about the tokens.
  for (const { token, ...holder } of [...operators, ...others]) {
    if (timingSafeEqual(hashToken(token), hashToken(given))) found = holder;
  }
  return found;
}

function countTokens({ tokens, people }: KnownTokens): number {
  return tokens.length + Object.keys(people).length;
}

function describeCaller(address = 'an unknown address', holder?: TokenHolder): string {
  return holder ? `${address} ${holder.words}` : address;
}

function hashToken(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
