import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { StdioTransport } from './stdio.ts';

function fakeServer() {
  const ended = Promise.withResolvers<string>();
  const child = {
    input: new PassThrough(),
    output: new PassThrough(),
    errors: new PassThrough(),
    ended: ended.promise,
    heardError: () => {},
    end: async () => ended.resolve('was killed by SIGTERM'),
  };
  return { child, transport: new StdioTransport(child, () => {}), die: ended.resolve };
}

const notification = `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message' })}\n`;

it('[F4] reads a flood for a moment and then pauses', async () => {
  const { child, transport } = fakeServer();
  let heard = 0;
  transport.onmessage = () => (heard += 1);
  await transport.start();
  const begin = performance.now();
  while (performance.now() - begin < 200) {
    child.output.write(notification.repeat(100));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(heard).toBeGreaterThan(100);
  expect(heard).toBeLessThan(800 + 2.2 * (performance.now() - begin));
  expect(child.output.isPaused()).toBe(true);
  await transport.close();
});

it('does not count requested answers', async () => {
  const { child, transport } = fakeServer();
  let heard = 0;
  transport.onmessage = () => (heard += 1);
  await transport.start();
  for (let id = 0; id < 2_000; id += 1) {
    await transport.send({ jsonrpc: '2.0', id, method: 'ping' });
    child.output.write(`{"jsonrpc":"2.0","id":${id},"result":{}}\n`);
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toBe(2_000);
  await transport.close();
});

it('reports how the process ended, unless the client closed it', async () => {
  const own = fakeServer();
  await own.transport.start();
  own.die('ended with exit status 3');
  await new Promise<void>((resolve) => (own.transport.onclose = resolve));
  expect(own.transport.closeReason).toBe('ended with exit status 3');

  const ours = fakeServer();
  await ours.transport.start();
  await ours.transport.close();
  expect(ours.transport.closeReason).toBeUndefined();
  await expect(ours.transport.send({ jsonrpc: '2.0', method: 'late' })).rejects.toThrow('being closed');
});
