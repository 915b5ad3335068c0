import type { Dispatcher } from 'undici';
import { type Proxies, readProxies } from './proxies.ts';

/** The dispatchers by proxy settings; everything with the same proxies shares connections. */
const dispatchers = new Map<string, Promise<Dispatcher>>();

/** Returns the dispatcher that sends requests through these proxies. It bounds neither headers nor bodies in time. */
export function findDispatcher(proxies: Proxies): Promise<Dispatcher> {
  const key = JSON.stringify(proxies);
  const known = dispatchers.get(key) ?? openDispatcher(proxies);
  dispatchers.set(key, known);
  return known;
}

async function openDispatcher({ http, https, direct }: Proxies): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import('undici');
  return new EnvHttpProxyAgent({
    headersTimeout: 0,
    bodyTimeout: 0,
    httpProxy: http?.url ?? '',
    httpsProxy: https?.url ?? '',
    noProxy: direct,
  });
}

/**
 * Sends a request through the proxies of the environment, or directly when there are none. Rejects like `fetch`, and
 * with ProxyVariableError.
 */
export async function fetchThroughProxies(url: string | URL, init?: RequestInit): Promise<Response> {
  const proxies = readProxies(process.env);
  if (!proxies.http && !proxies.https) return fetch(url, init);
  const dispatcher = await findDispatcher(proxies);
  // The global fetch takes a dispatcher too, but that of the undici inside Node.js, which may be another version.
  const { fetch: send } = await import('undici');
  const { body, headers, method, signal, redirect } = init ?? {};
  const received = await send(url, {
    ...(method === undefined ? {} : { method }),
    ...(redirect === undefined ? {} : { redirect }),
    headers: [...new Headers(headers)],
    body: typeof body === 'string' || body instanceof URLSearchParams ? String(body) : null,
    signal: signal ?? null,
    dispatcher,
  });
  const { status, statusText } = received;
  return new Response(received.body, { status, statusText, headers: [...received.headers] });
}
