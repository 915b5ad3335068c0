import {
  InsufficientScopeError,
  type JSONRPCMessage,
  StreamableHTTPClientTransport,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';
import { unmarkNumbers } from '../../util/lossless-json.ts';
import { createCredentialsProvider } from './credentials.ts';
import type { McpAuthProvider } from './login/access.ts';
import { createBoundedFetch } from './wire/bounded-fetch.ts';
import type { McpHttpConfig } from './wire/config.ts';
import { createRewritingFetch, RequestTracker } from './wire/wire.ts';

/** Marks the error response that this transport creates when the stream of a request ended without a response. */
export const STREAM_ENDED = { midturn: 'the connection ended before the answer came' };

const INTERNAL_ERROR = -32_603;

/** Milliseconds to wait for the request that ends the session on the server; then the transport closes anyway. */
const TERMINATE_TIMEOUT = 1_000;

/**
 * Wraps the library's Streamable HTTP transport and adds three guarantees: a request whose stream ends without a
 * response fails instead of waiting forever, the stream of a cancelled request is closed, and message sizes are
 * limited.
 */
export class HttpTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly closeReason = undefined;
  /** Tells the library that in the newer revision it can cancel a request by closing its stream. */
  readonly hasPerRequestStream = true;
  readonly #inner: StreamableHTTPClientTransport;
  readonly #access: McpAuthProvider | undefined;
  readonly #requests = new RequestTracker();
  readonly #open = new Map<string | number, AbortController>();

  constructor({ url, headers, auth }: McpHttpConfig, access: McpAuthProvider | undefined) {
    this.#access = access;
    const authProvider = access ?? (auth && createCredentialsProvider(auth));
    this.#inner = new StreamableHTTPClientTransport(new URL(url), {
      fetch: createRewritingFetch(createBoundedFetch()),
      requestInit: { headers },
      onInsufficientScope: 'throw',
      ...(authProvider ? { authProvider } : {}),
    });
    this.#inner.onclose = () => this.onclose?.();
    this.#inner.onerror = (error) => this.onerror?.(error);
    this.#inner.onmessage = (message) => this.#receiveMessage(message);
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
      this.#closeCancelledStream(message);
      return;
    }
    const { id } = message;
    const controller = new AbortController();
    this.#requests.addRequest(message);
    this.#open.set(id, controller);
    requestSignal?.addEventListener('abort', () => this.#abortStream(id), { once: true });
    try {
      await this.#inner.send(message, {
        headers,
        requestSignal: controller.signal,
        onRequestStreamEnd: () => this.#answerEndedStream(id),
      });
    } catch (error) {
      this.#open.delete(id);
      if (this.#access && error instanceof InsufficientScopeError)
        throw await this.#access.recordMissingScope(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.sessionId !== undefined) {
      const over = new Promise((resolve) => setTimeout(resolve, TERMINATE_TIMEOUT).unref());
      await Promise.race([this.#inner.terminateSession().catch(() => {}), over]);
    }
    await this.#inner.close();
  }

  #receiveMessage(message: JSONRPCMessage): void {
    if (!('method' in message) && message.id !== undefined) this.#open.delete(message.id);
    this.onmessage?.(this.#requests.matchResponse(unmarkNumbers(message)).message);
  }

  #answerEndedStream(id: string | number): void {
    if (!this.#open.delete(id)) return;
    const error = { code: INTERNAL_ERROR, message: STREAM_ENDED.midturn, data: STREAM_ENDED };
    this.onmessage?.({ jsonrpc: '2.0', id, error });
  }

  /** Closes the stream of a cancelled request after the cancellation itself was sent to the server. */
  #closeCancelledStream(message: JSONRPCMessage): void {
    if (!('method' in message) || message.method !== 'notifications/cancelled') return;
    const id: unknown = message.params?.['requestId'];
    if (typeof id !== 'string' && typeof id !== 'number') return;
    this.#abortStream(id);
  }

  #abortStream(id: string | number): void {
    this.#open.get(id)?.abort();
    this.#open.delete(id);
  }
}
