import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Damage that the proxy does to the next response bodies. */
export interface Fault {
  /** Changes the whole body before it is cut. */
  rewrite?(body: string): string;
  /** Number of bytes that are passed on; all of them when absent. */
  cut?: number;
  /** How the response ends: properly (`clean`, the default), or with a broken connection. */
  end?: 'clean' | 'destroy';
}

export interface CuttingProxy {
  url: string;
  fault: Fault;
  /** Body of the last response of the target, whole. */
  lastBody: string;
  /** Every request that came, in order. */
  requests: { path: string; headers: IncomingMessage['headers']; body: string }[];
  close(): Promise<void>;
}

/** An HTTP proxy in front of `target` that damages responses in a way that is exact to the byte. */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const server = createServer((request, response) => {
    passRequest(proxy, target, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: CuttingProxy = {
    url: `http://127.0.0.1:${port}`,
    fault: {},
    lastBody: '',
    requests: [],
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

async function passRequest(
  proxy: CuttingProxy,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const { url: path = '/', method = 'GET', headers } = request;
  const body = await textOf(request);
  proxy.requests.push({ path, headers, body });
  const answer = await fetch(`${target}${path}`, { method, headers: forwardedHeaders(headers), body });
  proxy.lastBody = await answer.text();
  const { rewrite = (whole: string) => whole, cut, end = 'clean' } = proxy.fault;
  response.writeHead(answer.status, forwardedHeaders(Object.fromEntries(answer.headers)));
  response.flushHeaders();
  const bytes = Buffer.from(rewrite(proxy.lastBody)).subarray(0, cut);
  if (bytes.length > 0) await new Promise((resolve) => response.write(bytes, resolve));
  if (end === 'clean') response.end();
  else response.socket?.end();
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Headers that belong to one connection, or to a body that we change, stay behind. */
function forwardedHeaders(headers: IncomingMessage['headers']): Record<string, string> {
  const own = [
    'host',
    'connection',
    'content-length',
    'transfer-encoding',
    'content-encoding',
    'accept-encoding',
  ];
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      own.includes(name) || !value ? [] : [[name, String(value)]],
    ),
  );
}
