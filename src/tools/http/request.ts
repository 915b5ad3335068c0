import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { HttpSchemeError, TooManyRedirectsError } from '../../errors/tools.ts';
import type { HostGuard } from './guard.ts';

/** Sends HTTP requests. At most this many redirects are followed. */
const REDIRECTS = 5;

export interface OutgoingRequest {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

/** A response: status, headers, and the body up to the configured size. */
export interface HttpResponse {
  /** Final URL, after redirects. */
  url: URL;
  status: number;
  statusText: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
  /** True when the body was longer than the limit and was cut off. */
  cut: boolean;
}

/**
 * Sends a request and reads the response. Redirects of GET and HEAD are followed, and each target is checked
 * like the first URL. For other methods the redirect is the response, because only the caller can decide to
 * repeat a request that has an effect.
 */
export async function sendRequest(
  asked: OutgoingRequest,
  guard: HostGuard,
  maxBytes: number,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const follows = asked.method === 'GET' || asked.method === 'HEAD';
  let { url, headers } = asked;
  for (let hop = 0; hop <= REDIRECTS; hop++) {
    const response = await sendOnce({ ...asked, url, headers }, guard, signal);
    const target = follows ? redirectTarget(response, url) : undefined;
    if (!target) return readResponse(response, url, maxBytes, signal);
    response.destroy();
    if (target.origin !== url.origin) headers = withoutCredentials(headers);
    url = target;
  }
  throw new TooManyRedirectsError(asked.url.href, REDIRECTS);
}

function sendOnce(
  { url, method, headers, body }: OutgoingRequest,
  guard: HostGuard,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new HttpSchemeError(url.protocol);
  guard.check(url);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  // Never reuses a connection: it would lead to an address that an earlier check allowed, not this one.
  const options: RequestOptions = { method, headers, signal, lookup: guard.lookup, agent: false };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

function redirectTarget({ statusCode = 0, headers }: IncomingMessage, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return undefined;
  return URL.parse(headers.location, from.href) ?? undefined;
}

function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name]) => !/^(authorization|cookie|proxy-|x-api-key)/i.test(name),
  );
  return Object.fromEntries(kept);
}

async function readResponse(
  response: IncomingMessage,
  url: URL,
  maxBytes: number,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { statusCode: status = 0, statusMessage: statusText = '', headers } = response;
  try {
    const { body, cut } = await readUpTo(decompressBody(response), maxBytes, signal);
    return { url, status, statusText, headers, body, cut };
  } finally {
    response.destroy();
  }
}

/** Decompresses the body if needed: the request asks for no compression, but some servers compress anyway. */
function decompressBody(response: IncomingMessage): Readable {
  const encoding = response.headers['content-encoding']?.toLowerCase();
  const decoder =
    encoding === 'br'
      ? createBrotliDecompress()
      : encoding === 'gzip' || encoding === 'deflate'
        ? createUnzip()
        : undefined;
  if (!decoder) return response;
  response.once('error', (error) => decoder.destroy(error));
  return response.pipe(decoder);
}

async function readUpTo(
  stream: Readable,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ body: Buffer; cut: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    signal.throwIfAborted();
    const piece = Buffer.from(chunk);
    chunks.push(piece);
    bytes += piece.length;
    if (bytes > maxBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes), cut: bytes > maxBytes };
}
