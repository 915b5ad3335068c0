import { setTimeout as pause } from 'node:timers/promises';
import type { MiddlewareHandler } from 'hono';
import { HostNotAllowedError, OriginNotAllowedError, UnauthorizedError } from '../../errors/access.ts';
import { InvalidRequestError } from '../../errors/http.ts';
import { CALLBACK } from '../../protocol/mcp.ts';
import { restrictSessions } from '../../sessions/scope/scoped.ts';
import type { ApiDeps, ApiEnv } from '../ports/deps.ts';
import { createOperator, type Principal } from '../ports/principal.ts';
import { requirePermission } from './principal.ts';
import { DEFAULT_FACTS, type RouteTable } from './route-facts.ts';
import { FailureThrottle, isLoggedFailure } from './throttle.ts';
import { findTokenHolder, hasTokens, parseBearer, type TokenHolder } from './tokens.ts';

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
 * 6. The role and the limits of a token are checked against the route (see `requirePermission`).
 * 7. An address that keeps trying tokens gets its answers ever later (see `FailureThrottle`).
 */
export function guardAccess(
  { config, log, sessions }: Pick<ApiDeps, 'config' | 'log' | 'sessions'>,
  routes: RouteTable,
): MiddlewareHandler<ApiEnv> {
  const throttle = new FailureThrottle();
  /** Logs an attempt without a valid token, without the token itself, and throws after the delay. */
  const refuse = async (given: string | undefined, address: string | undefined, path: string) => {
    const { failures, delay } = throttle.recordFailure(address ?? '');
    const about = { by: describeCaller(address), token: given === undefined ? 'none' : 'unknown', path };
    if (isLoggedFailure(failures)) log.warn({ ...about, failures }, 'http:refused');
    if (delay > 0) await throttle.holdAnswer(pause(delay));
    throw new UnauthorizedError(given !== undefined);
  };
  return async (c, next) => {
    const host = c.req.header('host');
    const { allowedHosts, ...known } = config();
    const given = parseBearer(c.req.header('authorization'));
    const holder = findTokenHolder(given, known);
    // A request with a valid token cannot come from a page under a rebound name, so any host name is
    // accepted.
    const welcome = c.env.trusted || holder || c.req.path === CALLBACK;
    if (!welcome) checkHost(host, allowedHosts, c.env.incoming?.socket.localAddress);
    checkOrigin(c.req.header('origin'), host);
    const facts = routes.findFacts(c) ?? DEFAULT_FACTS;
    const address = c.env.incoming?.socket.remoteAddress;
    const isNeeded = !c.env.trusted && hasTokens(known) && facts['x-access'] !== 'open';
    if (isNeeded && !holder) await refuse(given, address, c.req.path);
    const principal = identifyClient(c.env.trusted, holder);
    requirePermission(principal, facts);
    c.set('principal', principal);
    c.set('by', c.env.trusted ? 'the unix socket' : describeCaller(address, holder));
    c.set('sessions', principal.scope ? restrictSessions(sessions, principal.scope) : sessions);
    await next();
  };
}

/** Returns the client behind a request that was admitted. */
function identifyClient(isTrusted: boolean, holder: TokenHolder | undefined): Principal {
  if (isTrusted) return createOperator('socket');
  return holder?.principal ?? createOperator('tcp');
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

function describeCaller(address = 'an unknown address', holder?: TokenHolder): string {
  return holder ? `${address} ${holder.words}` : address;
}
