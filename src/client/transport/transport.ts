import { takeHead } from '../../core/model/text.ts';
import { messageOf } from '../../errors/errors.ts';
import { ApiError, ConnectionLostError } from '../../errors/http.ts';
import { problem } from '../../protocol/problem.ts';
import { parseLossless } from '../../util/lossless-json.ts';

/** How requests reach a daemon; `createFetchTransport` and `createNodeTransport` create one. */
export interface Transport {
  /** Address as it appears in messages to users. */
  readonly address: string;
  /**
   * Sends a request and resolves with the response as soon as its head has arrived. Rejects with
   * DaemonNotRunningError when no process listens, ConnectionLostError when no response arrived, and the signal's
   * reason when that aborts.
   */
  send(request: TransportRequest): Promise<TransportResponse>;
}

export interface TransportRequest {
  method: string;
  /** Path and query of the request. */
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  signal?: AbortSignal;
  /** Milliseconds of silence after which the connection counts as lost. */
  silence: number;
}

export interface TransportResponse {
  status: number;
  statusText: string;
  /**
   * Bytes of the body as they arrive; to be read once. It rejects as `send` does. A reader that stops early closes the
   * connection.
   */
  body: AsyncIterable<Uint8Array>;
}

export interface ApiRequest {
  method: string;
  path: string;
  body?: unknown;
  /** The bytes of a file, instead of `body`. */
  bytes?: Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Milliseconds of silence after which the connection counts as lost. Default 30 s. */
  silence?: number;
}

const SILENCE = 30_000;

/**
 * Sends a request and resolves with a successful response, whose body the caller must read. Rejects as
 * `Transport.send` does, and with ApiError when the response is a problem.
 */
export async function openResponse(transport: Transport, call: ApiRequest): Promise<TransportResponse> {
  const { method, path, body, bytes, headers, signal, silence = SILENCE } = call;
  const payload = bytes ?? (body === undefined ? undefined : JSON.stringify(body));
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await transport.send({
    method,
    path,
    headers: { accept: 'application/json', ...type, ...headers },
    silence,
    ...(payload === undefined ? {} : { body: payload }),
    ...(signal ? { signal } : {}),
  });
  if (response.status < 400) return response;
  throw await readProblem(response);
}

/** Sends a request and resolves with the response body as JSON; rejects as the function above. */
export async function callJson(transport: Transport, call: ApiRequest): Promise<unknown> {
  const body = await readText(await openResponse(transport, call));
  return body === '' ? undefined : parseLossless(body);
}

/** Resolves with a response's whole body as text. */
export async function readText(response: TransportResponse): Promise<string> {
  let text = '';
  for await (const piece of readTextPieces(response)) text += piece;
  return text;
}

/** Yields the text of a response as it arrives; a character whose bytes are torn apart comes whole. */
export async function* readTextPieces({ body }: TransportResponse): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const bytes of body) yield decoder.decode(bytes, { stream: true });
  yield decoder.decode();
}

/** Makes the error for a connection that failed; the signal's reason when the caller has aborted. */
export function explainLoss(address: string, error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  return new ConnectionLostError(address, messageOf(error), { cause: error });
}

const NOT_LISTENING_CODES = new Set<unknown>([
  'ECONNREFUSED',
  'ENOENT',
  'ENOTDIR',
  'ENOTSOCK',
  'EHOSTUNREACH',
  'ENOTFOUND',
]);

/** Checks whether the code of a system error means that no process listens at the address. */
export function isNotListening(code: unknown): boolean {
  return NOT_LISTENING_CODES.has(code);
}

async function readProblem(response: TransportResponse): Promise<ApiError> {
  const body = await readText(response).catch(() => '');
  const parsed = problem.safeParse(parseJson(body));
  if (parsed.success) return new ApiError(parsed.data);
  const { status, statusText } = response;
  const detail = `The daemon answered ${status} ${statusText} without saying why: ${takeHead(body, 200)}`;
  return new ApiError({ code: 'unexpected_answer', status, detail });
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Returns a random id for an input, so that it can be sent again without being stored twice. */
export function newInputId(): string {
  // Unlike crypto.randomUUID, this also works on pages that were not loaded over HTTPS.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
