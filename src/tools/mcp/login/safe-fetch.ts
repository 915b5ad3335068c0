import type { FetchLike } from '@modelcontextprotocol/client';
import { takeHead } from '../../../core/model/text.ts';
import { McpLoginAddressError } from '../../../errors/mcp-login.ts';
import { createBoundedFetch } from '../wire/bounded-fetch.ts';

/** The time limit in milliseconds for one request to an authorization server. */
const REQUEST_TIMEOUT = 15_000;

/**
 * Returns a `fetch` for the login to the MCP server at the URL `server`. It sends requests to safe addresses only
 * and limits the time and size of each response. Rejects with McpLoginAddressError for an unsafe address.
 */
export function createSafeFetch(server: string): FetchLike {
  const bounded = createBoundedFetch();
  return (url, init) => {
    assertSafeAddress(url, server);
    const limit = AbortSignal.timeout(REQUEST_TIMEOUT);
    const signal = init?.signal ? AbortSignal.any([init.signal, limit]) : limit;
    // The library follows redirects itself with further calls, so each address is checked.
    return bounded(url, { redirect: 'manual', ...init, signal });
  };
}

/**
 * Throws McpLoginAddressError for an address that a login must not use:
 *   1. https is allowed everywhere, for example https://login.example.com/token.
 *   2. http is allowed only for a loopback address, and only when the MCP server itself is on a loopback address: a
 *      server at http://127.0.0.1:3000 may name http://localhost:4000, but https://wiki.example.com may not.
 *      Otherwise a remote server could make the daemon send requests to services on its own machine.
 *   3. Every other scheme is refused, for example file:///etc/passwd.
 */
export function assertSafeAddress(address: string | URL, server: string): void {
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:') return;
  if (protocol === 'http:' && isLoopback(hostname) && isLoopback(new URL(server).hostname)) return;
  throw new McpLoginAddressError(takeHead(String(address), 200));
}

function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true;
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}
