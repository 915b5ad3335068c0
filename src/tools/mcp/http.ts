import {
  InsufficientScopeError,
  type JSONRPCMessage,
  StreamableHTTPClientTransport,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';
import { unmarkNumbers } from '../../util/lossless-json.ts';
import { credentialsProvider } from './credentials.ts';
import type { Access } from './login/access.ts';
import { boundedFetch } from './wire/bounded-fetch.ts';
import type { McpHttpConfig } from './wire/config.ts';
import { Requests, rewritingFetch } from './wire/wire.ts';

/** Marks the error response that this transport creates when the stream of a request ended without a response. */
export const STREAM_ENDED = { midturn: 'the connection ended before the answer came' };

const INTERNAL_ERROR = -32_603;

/** Milliseconds to wait for the request that ends the session on the server; then the transport closes anyway. */
const FAREWELL = 1_000;

/**
 * Wraps the library's Streamable HTTP transport and adds three guarantees: a request whose stream ends without a
 * response fails instead of waiting forever, the stream of a cancelled request is closed, and message sizes are
 * limited.
 */
export class HttpTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly fate = undefined;
  /** Tells the library that in the newer revision it can cancel a request by closing its stream. */
  readonly hasPerRequestStream = true;
  readonly #inner: StreamableHTTPClientTransport;
  readonly #access: Access | undefined;
  readonly #requests = new Requests();
  readonly #open = new Map<string | number, AbortController>();

  constructor({ url, headers, auth }: McpHttpConfig, access: Access | undefined) {
    this.#access = access;
    const authProvider = access ?? (auth && credentialsProvider(auth));
    this.#inner = new StreamableHTTPClientTransport(new URL(url), {
      fetch: rewritingFetch(boundedFetch()),
      requestInit: { headers },
      onInsufficientScope: 'throw',
      ...(authProvider ? { authProvider } : {}),
    });
    this.#inner.onclose = () => this.onclose?.();
    this.#inner.onerror = (error) => this.onerror?.(error);
    this.#inner.onmessage = (message) => this.#hear(message);
  }

  get sessionId(): string | undefined {
    return this.#inner.sessionId;
  }

  setProtocolVersion(version: string): void {
    this.#inner.setProtocolVersion(version);
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  async send(
    message: JSONRPCMessage,
    { headers = {}, requestSignal }: TransportSendOptions = {},
  ): Promise<void> {
    if (!('method' in message && 'id' in message)) {
      await this.#inner.send(message, { headers });
      this.#closeCancelled(message);
      return;
    }
    const { id } = message;
    const controller = new AbortController();
    this.#requests.note(message);
    this.#open.set(id, controller);
    requestSignal?.addEventListener('abort', () => this.#drop(id), { once: true });
    try {
      await this.#inner.send(message, {
        headers,
        requestSignal: controller.signal,
        onRequestStreamEnd: () => this.#streamEnded(id),
      });
    } catch (error) {
      this.#open.delete(id);
      if (this.#access && error instanceof InsufficientScopeError) throw await this.#access.lacks(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.sessionId !== undefined) {
      const over = new Promise((resolve) => setTimeout(resolve, FAREWELL).unref());
      await Promise.race([this.#inner.terminateSession().catch(() => {}), over]);
    }
    await this.#inner.close();
  }

  #hear(message: JSONRPCMessage): void {
    if (!('method' in message) && message.id !== undefined) this.#open.delete(message.id);
    this.onmessage?.(this.#requests.settle(unmarkNumbers(message)).message);
  }

  #streamEnded(id: string | number): void {
    if (!this.#open.delete(id)) return;
    const error = { code: INTERNAL_ERROR, message: STREAM_ENDED.midturn, data: STREAM_ENDED };
    this.onmessage?.({ jsonrpc: '2.0', id, error });
  }

  /** Closes the stream of a cancelled request after the cancellation itself was sent to the server. */
  #closeCancelled(message: JSONRPCMessage): void {
    if (!('method' in message) || message.method !== 'notifications/cancelled') return;
    const id: unknown = message.params?.['requestId'];
    if (typeof id !== 'string' && typeof id !== 'number') return;
    this.#drop(id);
  }

  #drop(id: string | number): void {
    this.#open.get(id)?.abort();
    this.#open.delete(id);
  }
}
