import { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { InvalidRequestError } from '../errors/http.ts';
import { answerRaw } from './answers/raw-answer.ts';
import type { Api } from './app.ts';

/** Creates an HTTP server for the API; the caller makes it listen. */
export function createServer(api: Api, options: { idle?: number } = {}): ApiServer {
  return new ApiServer(api, options.idle ?? IDLE_GRACE);
}

/** Milliseconds that idle connections stay open during a drain, so that clients notice it first. */
const IDLE_GRACE = 2000;
/** Maximum number of connections of one server. */
const MAX_CONNECTIONS = 4000;

const SERVER_TIMEOUTS = {
  // Limits against clients that send unusually slowly.
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 60_000,
  // The API answers this fault itself.
  requireHostHeader: false,
};

/**
 * HTTP server of the API. States: listening; then draining, from `drain()` until the last connection has
 * ended.
 */
export class ApiServer extends Server {
  readonly #api: Api;
  readonly #idle: number;
  readonly #inFlight = new Set<ServerResponse>();
  #trusted = false;
  #drained: Promise<void> | undefined;

  constructor(api: Api, idle: number) {
    super(SERVER_TIMEOUTS);
    this.#api = api;
    this.#idle = idle;
    this.maxConnections = MAX_CONNECTIONS;
    const answer = getRequestListener(
      (request, { incoming, outgoing }) => {
        if (!(incoming instanceof IncomingMessage && outgoing instanceof ServerResponse)) {
          throw new TypeError('only HTTP/1.1 is served');
        }
        return api.fetch(request, { incoming, outgoing, trusted: this.#trusted });
      },
      {
        hostname: 'localhost',
        overrideGlobalObjects: false,
        errorHandler: (error) => api.problemFor(toRequestError(error)),
      },
    );
    // Read once while listening, because a closed server has no address either.
    this.on('listening', () => {
      this.#trusted = typeof this.address() !== 'object' || this.address() === null;
    });
    this.on('request', (incoming, outgoing) => {
      this.#trackResponse(outgoing);
      void answer(incoming, outgoing);
    });
    // An unknown `Expect` header does not change how the request is answered.
    this.on('checkExpectation', (incoming, outgoing) => this.emit('request', incoming, outgoing));
    this.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const busy = [...this.#inFlight].some((outgoing) => outgoing.socket === socket);
      answerRaw(error, socket, busy);
    });
  }

  /**
   * Stops accepting connections, ends event streams, and answers requests in flight and those that still
   * arrive on open connections. Resolves when the last connection has ended; idle connections are closed
   * after a short grace.
   */
  drain(): Promise<void> {
    this.#drained ??= this.#closeAndWait();
    return this.#drained;
  }

  async #closeAndWait(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.once('close', resolve));
    // The `close` of http.Server would cut idle connections at once, possibly while a request is on its way.
    NetServer.prototype.close.call(this);
    for (const outgoing of this.#inFlight) closeAfter(outgoing);
    this.#api.draining.beginDrain();
    const tidy = setInterval(() => {
      this.#api.draining.cutAll();
      this.closeIdleConnections();
    }, this.#idle);
    await closed;
    clearInterval(tidy);
  }

  #trackResponse(outgoing: ServerResponse): void {
    this.#inFlight.add(outgoing);
    outgoing.once('close', () => this.#inFlight.delete(outgoing));
    if (this.#drained) closeAfter(outgoing);
  }
}

/**
 * Announces in the header that the connection closes. When the headers are already sent, as for a stream, the
 * connection stays open like an idle one: closing it at its end could break the client's next request.
 */
function closeAfter(outgoing: ServerResponse): void {
  if (!outgoing.headersSent) outgoing.setHeader('Connection', 'close');
}

/** Converts the adapter's error for a request that it could not parse. */
function toRequestError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'RequestError') return error;
  return new InvalidRequestError([{ where: 'path', field: '', problem: error.message }], { cause: error });
}
