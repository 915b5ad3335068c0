import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFetchTransport } from './fetch.ts';
import { readTextPieces } from './transport/transport.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SILENCE = 1_000;

/** A daemon whose response the test writes; `cancelled` is called when the client closes the connection. */
async function openStream() {
  const cancelled = vi.fn();
  const { writer, body } = createBody(cancelled);
  const fetch = async (_: unknown, init?: RequestInit) => {
    init?.signal?.addEventListener('abort', () => writer.error(init.signal?.reason));
    return new Response(body);
  };
  const transport = createFetchTransport({ url: 'http://daemon/', fetch });
  const request = { method: 'GET', path: '/v1/status', headers: {}, silence: SILENCE };
  return { writer, cancelled, pieces: readTextPieces(await transport.send(request)) };
}

function createBody(cancelled: () => void) {
  const opened: ReadableStreamDefaultController<Uint8Array>[] = [];
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void opened.push(controller),
    cancel: cancelled,
  });
  const [controller] = opened;
  if (!controller) throw new Error('the stream has not started');
  const writer = {
    write: (text: string) => controller.enqueue(new TextEncoder().encode(text)),
    error: (reason: unknown) => controller.error(reason),
  };
  return { writer, body };
}

it('counts a connection as lost when nothing arrives for too long', async () => {
  const { writer, pieces } = await openStream();
  writer.write('one');
  expect(await pieces.next()).toEqual({ done: false, value: 'one' });
  const lost = expect(pieces.next()).rejects.toMatchObject({
    code: 'connection_lost',
    message: expect.stringContaining('no answer in time'),
  });
  await vi.advanceTimersByTimeAsync(SILENCE);
  await lost;
});

it('does not count the time that its reader takes', async () => {
  const { writer, pieces } = await openStream();
  writer.write('one');
  await pieces.next();
  await vi.advanceTimersByTimeAsync(SILENCE * 5);
  writer.write('two');
  expect(await pieces.next()).toEqual({ done: false, value: 'two' });
});

it('closes the connection for a reader that stops early', async () => {
  const { writer, cancelled, pieces } = await openStream();
  writer.write('one');
  for await (const _ of pieces) break;
  expect(cancelled).toHaveBeenCalledOnce();
});
