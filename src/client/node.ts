import { type IncomingMessage, type RequestOptions, request as sendHttp } from 'node:http';
import { DaemonNotRunningError, SocketDeniedError } from '../errors/http.ts';
import { SocketPathTooLongError } from '../errors/supervisor.ts';
import { SOCKET_PATH_BYTES } from '../util/socket-path.ts';
import { type Client, createClientOver } from './client.ts';
import { describeTarget, type Target } from './transport/target.ts';
import { explainLoss, isNotListening, type Transport, type TransportRequest } from './transport/transport.ts';

/** Creates a client that reaches its daemon over the unix socket of its home, or a URL; for programs on Node. */
export function createNodeClient(target: Target): Client {
  return createClientOver(createNodeTransport(target));
}

/** Creates a transport over `node:http`, each request on its own connection. */
export function createNodeTransport(target: Target): Transport {
  return {
    address: describeTarget(target),
    async send(request) {
      const answer = await openRequest(target, request);
      const { statusCode = 0, statusMessage = '' } = answer;
      return { status: statusCode, statusText: statusMessage, body: readBody(answer, target, request) };
    },
  };
}

function openRequest(target: Target, call: TransportRequest): Promise<IncomingMessage> {
  const { body, signal, silence } = call;
  return new Promise((resolve, reject) => {
    // Each request has its own connection, so that no reused connection is closed by a drain at that moment.
    const request = sendHttp({ ...addressOf(target), ...optionsOf(target, call), agent: false }, resolve);
    request.setTimeout(silence, () => request.destroy(new Error('no answer in time')));
    request.on('error', (error) => {
      reject(signal?.aborted ? signal.reason : explainFailure(target, error));
    });
    // Node omits the length for methods that usually have no body.
    if (body !== undefined) request.setHeader('content-length', Buffer.byteLength(body));
    request.end(body);
  });
}

async function* readBody(
  answer: IncomingMessage,
  target: Target,
  { signal }: TransportRequest,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of answer) yield bytes;
  } catch (error) {
    throw explainLoss(describeTarget(target), error, signal);
  } finally {
    answer.destroy();
  }
}

function addressOf(target: Target): RequestOptions {
  if ('socketPath' in target) return { socketPath: target.socketPath, host: 'localhost' };
  const { hostname, port } = new URL(target.url);
  return { hostname: hostname.replace(/^\[|\]$/g, ''), port: port || 80 };
}

function optionsOf(target: Target, { method, path, headers, signal }: TransportRequest): RequestOptions {
  const token = 'token' in target && target.token ? { authorization: `Bearer ${target.token}` } : {};
  return { method, path, headers: { ...token, ...headers }, ...(signal ? { signal } : {}) };
}

function explainFailure(target: Target, error: NodeJS.ErrnoException): unknown {
  // Node and the kernel report a path that is too long in different ways, and neither names the cause.
  if ('socketPath' in target && Buffer.byteLength(target.socketPath) > SOCKET_PATH_BYTES)
    return new SocketPathTooLongError(target.socketPath, SOCKET_PATH_BYTES);
  if (isNotListening(error.code)) return new DaemonNotRunningError(describeTarget(target), { cause: error });
  if (error.syscall === 'connect' && (error.code === 'EACCES' || error.code === 'EPERM'))
    return new SocketDeniedError(describeTarget(target), error.code, { cause: error });
  return explainLoss(describeTarget(target), error);
}
