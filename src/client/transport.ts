import { randomUUID } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
import { takeHead } from '../core/model/text.ts';
import { messageOf } from '../errors/errors.ts';
import { ApiError, ConnectionLostError, DaemonNotRunningError, SocketDeniedError } from '../errors/http.ts';
import { SocketPathTooLongError } from '../errors/supervisor.ts';
import { problem } from '../protocol/problem.ts';
import { parseLossless } from '../util/lossless-json.ts';
import { SOCKET_PATH_BYTES } from '../util/socket-path.ts';
import { describeTarget, type Target } from './target.ts';

export interface ApiRequest {
  method: string;
  /** Path and query of the request. */
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Milliseconds of silence after which the connection counts as lost. Default 30 s. */
  silence?: number;
}

const SILENCE = 30_000;

/**
 * Sends a request and resolves with a successful response, whose body the caller must read. Rejects with
 * DaemonNotRunningError when no process listens, ConnectionLostError when the response did not arrive,
 * ApiError when it is a problem, and the signal's reason when that aborts.
 */
export async function openResponse(target: Target, call: ApiRequest): Promise<IncomingMessage> {
  const answer = await sendHttp(target, call);
  const { statusCode = 0 } = answer;
  if (statusCode < 400) return answer;
  throw await readProblem(answer, statusCode);
}

/** Sends a request and resolves with the response body as JSON; rejects as the function above. */
export async function callJson(target: Target, call: ApiRequest): Promise<unknown> {
  const answer = await openResponse(target, call);
  const body = await text(answer).catch((error: unknown) => {
    throw call.signal?.aborted ? call.signal.reason : asConnectionLost(target, error);
  });
  return body === '' ? undefined : parseLossless(body);
}

function sendHttp(target: Target, call: ApiRequest): Promise<IncomingMessage> {
  const payload = call.body === undefined ? undefined : JSON.stringify(call.body);
  return new Promise((resolve, reject) => {
    // Each request has its own connection, so that no reused connection is closed by a drain at that moment.
    const request = httpRequest({ ...addressOf(target), ...optionsOf(target, call), agent: false }, resolve);
    request.setTimeout(call.silence ?? SILENCE, () => request.destroy(new Error('no answer in time')));
    request.on('error', (error) => {
      reject(call.signal?.aborted ? call.signal.reason : explainFailure(target, error));
    });
    if (payload !== undefined) {
      request.setHeader('content-type', 'application/json');
      // Node omits the length for methods that usually have no body.
      request.setHeader('content-length', Buffer.byteLength(payload));
    }
    request.end(payload);
  });
}

function addressOf(target: Target): RequestOptions {
  if ('socketPath' in target) return { socketPath: target.socketPath, host: 'localhost' };
  const { hostname, port } = new URL(target.url);
  return { hostname: hostname.replace(/^\[|\]$/g, ''), port: port || 80 };
}

function optionsOf(target: Target, { method, path, headers, signal }: ApiRequest): RequestOptions {
  const token = 'token' in target && target.token ? { authorization: `Bearer ${target.token}` } : {};
  return {
    method,
    path,
    headers: { accept: 'application/json', ...token, ...headers },
    ...(signal ? { signal } : {}),
  };
}

const NOT_LISTENING_CODES = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ENOTDIR',
  'ENOTSOCK',
  'EHOSTUNREACH',
  'ENOTFOUND',
]);

function explainFailure(target: Target, error: NodeJS.ErrnoException): Error {
  // Node and the kernel report a path that is too long in different ways, and neither names the cause.
  if ('socketPath' in target && Buffer.byteLength(target.socketPath) > SOCKET_PATH_BYTES)
    return new SocketPathTooLongError(target.socketPath, SOCKET_PATH_BYTES);
  if (NOT_LISTENING_CODES.has(error.code ?? ''))
    return new DaemonNotRunningError(describeTarget(target), { cause: error });
  if (error.syscall === 'connect' && (error.code === 'EACCES' || error.code === 'EPERM'))
    return new SocketDeniedError(describeTarget(target), error.code, { cause: error });
  return asConnectionLost(target, error);
}

function asConnectionLost(target: Target, error: unknown): ConnectionLostError {
  const why = messageOf(error);
  return new ConnectionLostError(describeTarget(target), why, { cause: error });
}

async function readProblem(answer: IncomingMessage, status: number): Promise<ApiError> {
  const body = await text(answer).catch(() => '');
  const parsed = problem.safeParse(parseJson(body));
  if (parsed.success) return new ApiError(parsed.data);
  const detail = `The daemon answered ${status} ${answer.statusMessage ?? ''} without saying why: ${takeHead(body, 200)}`;
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
  return randomUUID();
}
