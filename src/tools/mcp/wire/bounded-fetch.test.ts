import { expect, it } from 'vitest';
import { createBoundedFetch } from './bounded-fetch.ts';

const EVENT = 'data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n';

function answering(type: string, chunk: string) {
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(Buffer.from(chunk));
    },
  });
  return createBoundedFetch(async () => new Response(body, { headers: { 'content-type': type } }));
}

it('[F4] reads a flood of events for a moment and then pauses', async () => {
  const response = await answering('text/event-stream', EVENT.repeat(100))('http://x.y');
  const begin = performance.now();
  let events = 0;
  for await (const _ of response.body ?? []) {
    events += 100;
    if (performance.now() - begin > 200) break;
  }
  expect(events).toBeGreaterThan(100);
  expect(events).toBeLessThan(800 + 2.2 * (performance.now() - begin));
});

it('[K7] limits a plain response and a single event', async () => {
  const large = 'x'.repeat(1_000_000);
  for (const type of ['application/json', 'text/event-stream']) {
    const response = await answering(type, large)('http://x.y');
    await expect(response.text()).rejects.toThrow('more than 8388608 bytes');
  }
});

it('passes on a response without a body', async () => {
  const response = await createBoundedFetch(async () => new Response(null, { status: 204 }))('http://x.y');
  expect(response.status).toBe(204);
});
