import { setTimeout as pause } from 'node:timers/promises';
import { McpMessageTooLongError } from '../../../errors/mcp.ts';
import { fetchThroughProxies } from '../../../util/proxy/dispatcher.ts';
import { InputThrottle } from './pace.ts';
import { MAX_MESSAGE_BYTES } from './sizes.ts';

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Returns a `fetch` through the proxies of the environment that limits the size of each response and of each event in an event stream. All event streams
 * share one processing budget; plain responses need none, because there is one for each request. A body that
 * exceeds the limit fails with McpMessageTooLongError.
 */
export function createBoundedFetch(inner: Fetch = fetchThroughProxies): Fetch {
  const pace = new InputThrottle();
  return async (url, init) => {
    const response = await inner(url, init);
    if (!response.body) return response;
    const { status, statusText, headers } = response;
    const isStream = headers.get('content-type')?.includes('text/event-stream') ?? false;
    const limit = isStream ? limitSize(sizeOfOpenEvent, pace) : limitSize(sizeOfAll);
    const body = response.body.pipeThrough(limit);
    return new Response(body, { status, statusText, headers });
  };
}

/** Returns the bytes of the current message so far, given those before this chunk and the chunk. */
type Measure = (before: number, chunk: Buffer) => number;

function limitSize(measure: Measure, pace?: InputThrottle): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    async transform(bytes, controller) {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      size = measure(size, chunk);
      if (size > MAX_MESSAGE_BYTES) throw new McpMessageTooLongError(MAX_MESSAGE_BYTES);
      controller.enqueue(bytes);
      const wait = pace?.chargeInput(countEvents(chunk), chunk.length) ?? 0;
      if (wait > 0) await pause(wait, undefined, { ref: false });
    },
  });
}

const sizeOfAll: Measure = (before, chunk) => before + chunk.length;

const sizeOfOpenEvent: Measure = (before, chunk) => {
  const end = Math.max(chunk.lastIndexOf('\n\n'), chunk.lastIndexOf('\n\r\n'), chunk.lastIndexOf('\r\r'));
  return end === -1 ? before + chunk.length : chunk.length - end;
};

/**
 * Counts events roughly, at least one; precision does not matter, as long as thousands of small events are noticed.
 */
function countEvents(chunk: Buffer): number {
  let events = 1;
  for (let at = chunk.indexOf('data:'); at !== -1; at = chunk.indexOf('data:', at + 5)) events += 1;
  return events;
}
