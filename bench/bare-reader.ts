import { request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { createParser } from 'eventsource-parser';

/**
 * Entry of a thread that reads streams of a model provider at once and parses each chunk, which is the least that a
 * relay has to do. Posts the milliseconds of processor time that it took.
 */
export interface BareReader {
  url: string;
  streams: number;
}

const { url, streams }: BareReader = workerData;
await Promise.all(Array.from({ length: streams }, readStream));
const before = process.threadCpuUsage();
await Promise.all(Array.from({ length: streams }, readStream));
const { user, system } = process.threadCpuUsage(before);
parentPort?.postMessage((user + system) / 1_000);

function readStream(): Promise<number> {
  const parts: unknown[] = [];
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data !== '[DONE]') parts.push(JSON.parse(data));
    },
  });
  const { resolve, promise } = Promise.withResolvers<number>();
  const sent = request(`${url}/v1/chat/completions`, { method: 'POST' }, (response) => {
    response.setEncoding('utf8');
    response.on('data', (text: string) => parser.feed(text));
    response.once('end', () => resolve(parts.length));
  });
  sent.end('{}');
  return promise;
}
