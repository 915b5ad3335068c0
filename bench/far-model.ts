import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * Entry of a thread that is a model provider with OpenAI's chat protocol. It answers each request with `words` words:
 * the first one at once, and then one every `pace` milliseconds, each in a chunk of its own. Posts its URL.
 */
export interface FarModel {
  words: number;
  pace: number;
}

const { words, pace }: FarModel = workerData;
const open = new Map<ServerResponse, number>();

const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    open.set(response, 0);
    sendWord(response, 0);
  });
});
server.listen(0, '127.0.0.1', () => {
  parentPort?.postMessage(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
// One timer for all streams, so that the provider takes little of the processor.
setInterval(() => {
  for (const [response, sent] of open) sendWord(response, sent);
}, pace);

function sendWord(response: ServerResponse, sent: number): void {
  if (sent < words) {
    response.write(chunkOf({ role: 'assistant', content: 'word ' }, null));
    open.set(response, sent + 1);
    return;
  }
  open.delete(response);
  response.end(`${chunkOf({}, 'stop')}data: [DONE]\n\n`);
}

function chunkOf(delta: object, finish: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'model', choices })}\n\n`;
}
