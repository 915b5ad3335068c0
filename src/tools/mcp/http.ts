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

/** Marks the answer that we give ourselves when the stream of a request ended without one. */
export const STREAM_ENDED = { midturn: 'the connection ended before the answer came' };

const INTERNAL_ERROR = -32_603;

/** Milliseconds for telling a server that its session is over. */
const FAREWELL = 1_000;

/**
 * Streamable HTTP by the library, with what it leaves open: a request whose stream ends without an answer is answered
 * with an error instead of never, the stream of a cancelled request is closed, and sizes have limits.
 */
export class HttpTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly fate = undefined;
  /** In the newer revision a request is cancelled by closing its stream. */
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

  /** The server was told; now its stream may go. */
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
