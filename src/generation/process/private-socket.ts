import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { LiveStream } from '../../engine/port/live-stream.ts';

/**
 * Bytes that may wait for a reader of the relayed text that does not read; beyond this limit it is disconnected.
 */
const MAX_BUFFERED = 8 * 1024 * 1024;

/**
 * Opens the private unix socket on which a generation serves the supervisor and later generations:
 *   `/healthz`  answers while the event loop runs
 *   `/text`     streams the answer text of all running model calls, one `StreamChange` per line, so that followers
 *   of a session in the new generation see the text of a turn that still runs here
 */
export async function openPrivateSocket(path: string, liveStream: LiveStream): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer((request, response) => {
    if (request.url === '/healthz') return response.end('{"ok":true}\n');
    if (request.url === '/text') return sendLiveStream(liveStream, response);
    response.writeHead(404).end();
  });
  server.listen(path);
  await once(server, 'listening');
  chmodSync(path, 0o600);
  // The socket must not keep a generation alive that has nothing else to do.
  server.unref();
  return server;
}

function sendLiveStream(liveStream: LiveStream, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/jsonl' });
  response.flushHeaders();
  const stop = liveStream.subscribeAll((change) => {
    response.write(`${JSON.stringify(change)}\n`);
    if (response.writableLength > MAX_BUFFERED) response.destroy();
  });
  response.once('close', stop);
}
