import { setTimeout as pause } from 'node:timers/promises';
import { McpMessageTooLongError } from '../../../errors/mcp.ts';
import { Pace } from './pace.ts';
import { MESSAGE_LIMIT } from './sizes.ts';

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * `fetch` whose answers, and each event of a stream of events, have a limited size. Streams together come at a limited
 * pace; plain answers are as many as we ask for.
 */
export function boundedFetch(inner: Fetch = fetch): Fetch {
  const pace = new Pace();
  return async (url, init) => {
    const response = await inner(url, init);
    if (!response.body) return response;
    const { status, statusText, headers } = response;
    const isStream = headers.get('content-type')?.includes('text/event-stream') ?? false;
    const limit = isStream ? bounded(sizeOfOpenEvent, pace) : bounded(sizeOfAll);
    const body = response.body.pipeThrough(limit);
    return new Response(body, { status, statusText, headers });
  };
}

/** Bytes that belong to one message so far: those before this chunk, and the chunk. */
type Measure = (before: number, chunk: Buffer) => number;

function bounded(measure: Measure, pace?: Pace): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    async transform(bytes, controller) {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      size = measure(size, chunk);
      if (size > MESSAGE_LIMIT) throw new McpMessageTooLongError(MESSAGE_LIMIT);
      controller.enqueue(bytes);
      const wait = pace?.spend(eventsIn(chunk), chunk.length) ?? 0;
      if (wait > 0) await pause(wait, undefined, { ref: false });
    },
  });
}

const sizeOfAll: Measure = (before, chunk) => before + chunk.length;

const sizeOfOpenEvent: Measure = (before, chunk) => {
  const end = Math.max(chunk.lastIndexOf('\n\n'), chunk.lastIndexOf('\n\r\n'), chunk.lastIndexOf('\r\r'));
  return end === -1 ? before + chunk.length : chunk.length - end;
};

/** A rough count, at least one: what matters is that thousands of small ones count as such. */
function eventsIn(chunk: Buffer): number {
  let events = 1;
  for (let at = chunk.indexOf('data:'); at !== -1; at = chunk.indexOf('data:', at + 5)) events += 1;
  return events;
}
