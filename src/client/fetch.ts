import { DaemonNotRunningError } from '../errors/http.ts';
import { type Client, createClientOver } from './client.ts';
import {
  explainLoss,
  isNotListening,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from './transport/transport.ts';

/** Where a daemon listens for HTTP. */
export interface DaemonAddress {
  /** Such as `http://127.0.0.1:7717`; a path is the prefix of a proxy. */
  url: string;
  /** Bearer token; not needed where the daemon or the proxy in front of it knows the client otherwise. */
  token?: string;
  /** Function that sends requests. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** Creates a client that reaches its daemon with `fetch`: in browsers, Node, Deno and Bun. */
export function createClient(address: DaemonAddress): Client {
  return createClientOver(createFetchTransport(address));
}

/** Creates a transport over `fetch`. */
export function createFetchTransport({ url, token, fetch = globalThis.fetch }: DaemonAddress): Transport {
  const base = url.replace(/\/+$/, '');
  const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  return {
    address: url,
    async send(request) {
      const silence = new SilenceTimer(request);
      const { method, path, headers, body } = request;
      const response = await fetch(`${base}${path}`, {
        method,
        headers: { ...authorization, ...headers },
        signal: silence.signal,
        ...(body === undefined ? {} : { body }),
      }).catch((error: unknown) => {
        throw explainFailure(url, error, silence);
      });
      return toResponse(response, url, silence);
    },
  };
}

function toResponse(response: Response, address: string, silence: SilenceTimer): TransportResponse {
  const { status, statusText } = response;
  return { status, statusText, body: readBody(response, address, silence) };
}

async function* readBody(
  { body }: Response,
  address: string,
  silence: SilenceTimer,
): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  try {
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
      silence.stop();
      yield piece.value;
      silence.restart();
    }
  } catch (error) {
    throw explainLoss(address, silence.reason ?? error, silence.caller);
  } finally {
    silence.stop();
    // The connection is closed for a reader that stopped early; for one that has read everything this does nothing.
    await reader?.cancel().catch(() => {});
  }
}

function explainFailure(address: string, error: unknown, silence: SilenceTimer): unknown {
  silence.stop();
  // Browsers do not say why a connection failed; then it counts as broken, because a request with an id may be repeated.
  const cause = error instanceof Error ? error.cause : undefined;
  if (isRecord(cause) && isNotListening(cause['code']))
    return new DaemonNotRunningError(address, { cause: error });
  return explainLoss(address, silence.reason ?? error, silence.caller);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Aborts a request when nothing arrives for too long, or when the caller does. */
class SilenceTimer {
  /** The caller's own signal. */
  readonly caller: AbortSignal | undefined;
  readonly #abort = new AbortController();
  readonly #ms: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Why the timer has aborted the request; undefined when it has not. */
  reason: Error | undefined;

  constructor({ signal, silence }: TransportRequest) {
    this.caller = signal;
    this.#ms = silence;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.caller ? AbortSignal.any([this.caller, this.#abort.signal]) : this.#abort.signal;
  }

  restart(): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.reason = new Error('no answer in time');
      this.#abort.abort(this.reason);
    }, this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
