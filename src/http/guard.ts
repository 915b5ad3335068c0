import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import {
  HostNotAllowedError,
  InvalidRequestError,
  OriginNotAllowedError,
  UnauthorizedError,
} from '../errors/http.ts';
import type { ApiEnv, HttpConfig } from './deps.ts';

/** Probes cannot keep secrets, and learn nothing. */
const OPEN_PATHS = new Set(['/healthz', '/readyz']);

/** Lets in who may use the daemon: by the right name, from the right page, with a token where one is needed. */
export function guard(config: () => HttpConfig): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const host = c.req.header('host');
    const { allowedHosts, tokens } = config();
    const given = bearerOf(c.req.header('authorization'));
    const token = given === undefined ? 0 : placeOf(given, tokens);
    // Whoever has a token is no page that a rebound name leads here, by whatever name the daemon is reached.
    if (!c.env.trusted && token === 0) checkHost(host, allowedHosts, c.env.incoming?.socket.localAddress);
    checkOrigin(c.req.header('origin'), host);
    if (c.env.trusted) c.set('by', 'the unix socket');
    else {
      const needed = tokens.length > 0 && !OPEN_PATHS.has(c.req.path);
      if (needed && token === 0) throw new UnauthorizedError(given !== undefined);
      c.set('by', nameOf(c.env.incoming?.socket.remoteAddress, token));
    }
    await next();
  };
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

/** The place of the token in `auth.tokens`, counted from 1; 0 when it is not there. */
function placeOf(given: string, tokens: readonly string[]): number {
  let found = 0;
  // No early exit, and digests of equal length: the time taken says nothing about the tokens.
  for (const [index, token] of tokens.entries()) {
    if (timingSafeEqual(digest(token), digest(given))) found = index + 1;
  }
  return found;
}

function nameOf(address = 'an unknown address', token: number): string {
  return token === 0 ? address : `${address} with token ${token} of auth.tokens`;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
