import { createServer, type ServerResponse } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * Entry of a thread with the least server that sends frames to followers: it writes frames of the given sizes to every
 * response, each frame in its own turn of the event loop, when it is told to.
 */
export interface BareStream {
  socketPath: string;
  sizes: readonly number[];
}

const { socketPath, sizes }: BareStream = workerData;
const open = new Set<ServerResponse>();
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(':\n\n');
  open.add(response);
});
server.listen(socketPath, () => parentPort?.postMessage('listening'));
parentPort?.once('message', () => void sendFrames());

async function sendFrames(): Promise<void> {
  for (const [index, size] of sizes.entries()) {
    const text = index === sizes.length - 1 ? 'the end' : '';
    const frame = Buffer.from(`data: ${'x'.repeat(size)}${text}\n\n`);
    for (const response of open) response.write(frame);
    await new Promise(setImmediate);
  }
}
