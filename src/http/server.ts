import { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { InvalidRequestError } from '../errors/http.ts';
import { answerRaw } from './answers/raw-answer.ts';
import type { Api } from './app.ts';

/** Puts the API on a socket, which the caller lets it listen on. */
export function createServer(api: Api, options: { idle?: number } = {}): ApiServer {
  return new ApiServer(api, options.idle ?? IDLE);
}

/** Milliseconds that connections without a request live on when the server drains, so that clients notice first. */
const IDLE = 2000;
/** Connections of one server. */
const MAX_CONNECTIONS = 4000;

const PATIENCE = {
  // Against clients that send slower than anybody types.
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 60_000,
  // We say what is wrong ourselves.
  requireHostHeader: false,
};

/** States: listening; then draining, from `drain()` until the last connection has ended. */
export class ApiServer extends Server {
  readonly #api: Api;
  readonly #idle: number;
  readonly #inFlight = new Set<ServerResponse>();
  #trusted = false;
  #drained: Promise<void> | undefined;

  constructor(api: Api, idle: number) {
    super(PATIENCE);
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
        errorHandler: (error) => api.refuse(refusal(error)),
      },
    );
    // Asked once, while it listens: a closed server has no address either.
    this.on('listening', () => {
      this.#trusted = typeof this.address() !== 'object' || this.address() === null;
    });
    this.on('request', (incoming, outgoing) => {
      this.#track(outgoing);
      void answer(incoming, outgoing);
    });
    // An expectation that we do not know changes nothing about the request.
    this.on('checkExpectation', (incoming, outgoing) => this.emit('request', incoming, outgoing));
    this.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const busy = [...this.#inFlight].some((outgoing) => outgoing.socket === socket);
      answerRaw(error, socket, busy);
    });
  }

  /**
   * Stops accepting, ends event streams, answers what is in flight and what still comes on open connections.
   * Resolves when the last connection has ended; idle ones are closed after a while.
   */
  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.once('close', resolve));
    // Not http.Server's close: that cuts idle connections at once, just when a request may be on its way.
    NetServer.prototype.close.call(this);
    for (const outgoing of this.#inFlight) closeAfter(outgoing);
    this.#api.draining.begin();
    const tidy = setInterval(() => {
      this.#api.draining.cut();
      this.closeIdleConnections();
    }, this.#idle);
    await closed;
    clearInterval(tidy);
  }

  #track(outgoing: ServerResponse): void {
    this.#inFlight.add(outgoing);
    outgoing.once('close', () => this.#inFlight.delete(outgoing));
    if (this.#drained) closeAfter(outgoing);
  }
}

/**
 * The client learns from the header. When that is out already, as a stream's is, the connection stays open like an idle
 * one: closed at its end, it could break the request with which the client comes back.
 */
function closeAfter(outgoing: ServerResponse): void {
  if (!outgoing.headersSent) outgoing.setHeader('Connection', 'close');
}

/** What the adapter could not make a request of. */
function refusal(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'RequestError') return error;
  return new InvalidRequestError([{ where: 'path', field: '', problem: error.message }], { cause: error });
}
