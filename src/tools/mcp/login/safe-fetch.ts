import type { FetchLike } from '@modelcontextprotocol/client';
import { takeHead } from '../../../core/model/text.ts';
import { McpLoginAddressError } from '../../../errors/mcp-login.ts';
import { boundedFetch } from '../wire/bounded-fetch.ts';

/** Milliseconds for one request to an authorization server. */
const LIMIT = 15_000;

/** `fetch` for the login to the MCP server at `server`: only to safe places, no longer than `LIMIT`, of limited size. */
export function safeFetch(server: string): FetchLike {
  const bounded = boundedFetch();
  return (url, init) => {
    checkAddress(url, server);
    const limit = AbortSignal.timeout(LIMIT);
    const signal = init?.signal ? AbortSignal.any([init.signal, limit]) : limit;
    // Redirects are the library's: it asks us again for each.
    return bounded(url, { redirect: 'manual', ...init, signal });
  };
}

/**
 * Throws McpLoginAddressError for what is not encrypted. Only for a server on this machine may things be on this
 * machine: others must not make us ask what is behind our own doors.
 */
export function checkAddress(address: string | URL, server: string): void {
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:') return;
  if (protocol === 'http:' && isLoopback(hostname) && isLoopback(new URL(server).hostname)) return;
  throw new McpLoginAddressError(takeHead(String(address), 200));
}

function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true;
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}
