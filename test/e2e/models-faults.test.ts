import { createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../support/cutting-proxy.ts';
import { callAt, KEY, type Mocks, openMocks, user, wires } from './models-wires.ts';

let mocks: Mocks;
const STORY = 'Once upon a time there was a daemon.';

beforeAll(async () => {
  mocks = await openMocks();
  const { mock } = mocks;
  mock.onMessage('story', { content: STORY, reasoning: 'A story, then.' });
  mock.onMessage('tools', {
    content: STORY,
    toolCalls: [
      { id: 'call_a', name: 'weather', arguments: { city: 'Rome' } },
      { id: 'call_b', name: 'weather', arguments: { city: 'Oslo' } },
    ],
  });
  mock.onMessage('limited', {
    error: { message: 'Slow down', type: 'rate_limit_error' },
    status: 429,
    retryAfter: 7,
  });
  mock.onMessage('broken', { error: { message: 'Oops', type: 'api_error' }, status: 500 });
  mock.onMessage('unknown key', {
    error: { message: `Wrong key ${KEY}`, type: 'authentication_error' },
    status: 401,
  });
  mock.onMessage('odd', {
    error: { message: 'No such parameter', type: 'invalid_request_error' },
    status: 400,
  });
  mock.onMessage('long', {
    error: { message: 'prompt is too long: 3 tokens > 2 maximum', type: 'invalid_request_error' },
    status: 400,
  });
});
afterEach(() => {
  mocks.proxy.fault = {};
  mocks.proxy.requests.length = 0;
});
afterAll(() => mocks.close());

function withFault(fault: Fault, wire: (typeof wires)[number], topic: string) {
  mocks.proxy.fault = fault;
  return mocks.call(wire, [user(topic)]);
}

/** Returns the offsets in bytes where each event of the stream begins and where the last one ends. */
function boundaries(body: string): number[] {
  const events = body.split(/(?<=\n\n)/);
  return [0, ...events.map((_, last) => Buffer.byteLength(events.slice(0, last + 1).join('')))];
}

describe.each(wires)('$name', (wire) => {
  describe.each(['story', 'tools'])('an answer with %s', (topic) => {
    it.each(['clean', 'destroy'] as const)('[B4] is interrupted wherever it is cut (%s)', async (end) => {
      const whole = await withFault({}, wire, topic);
      const body = mocks.proxy.lastBody;
      const starts = boundaries(body);
      // The answer is complete as soon as its final event has arrived completely.
      const complete = starts.find((start) => start > body.search(wire.last)) ?? expect.fail('no last event');
      const middles = starts.slice(1).map((start, i) => Math.floor((start + (starts[i] ?? 0)) / 2));
      expect(starts.length).toBeGreaterThan(4);
      for (const cut of [...starts, ...middles]) {
        const result = await withFault({ cut, end }, wire, topic);
        if (cut >= complete && result.kind === 'finished') {
          // An event after the finish reason may still carry the usage.
          expect({ ...result, usage: {} }).toMatchObject({ ...withoutIds(whole), usage: {} });
          continue;
        }
        expect(result, `cut at byte ${cut} of ${body.length}`).toMatchObject({
          kind: 'interrupted',
          cause: 'cut',
        });
        expect(result.kind === 'interrupted' && STORY.startsWith(result.partial)).toBe(true);
        if (end === 'clean') expect(cut).toBeLessThan(complete);
      }
    });
  });

  it('[B4] malformed JSON in the middle interrupts it', async () => {
    const garbled = (body: string) => body.replace(/data: \{[^\n]*" dae[^\n]*/, 'data: {"cut": "of');
    const result = await withFault({ rewrite: garbled }, wire, 'story');
    expect(result).toMatchObject({ kind: 'interrupted', cause: 'cut' });
    expect(result.kind === 'interrupted' && result.partial).toBe('Once upon a time there was a');
  });

  it('[B4] malformed JSON at the beginning interrupts it', async () => {
    const result = await withFault(
      { rewrite: (body) => body.replace(/data: \{/, 'data: {{') },
      wire,
      'story',
    );
    expect(result).toMatchObject({ kind: 'interrupted', cause: 'cut', partial: '' });
  });

  it('[B5] an error in the middle is distinguished from the answer', async () => {
    const failing = (body: string) =>
      body.replace(/(?:event: [^\n]*\n)?data: \{[^\n]*" dae/, `${wire.overloaded}$&`);
    const result = await withFault({ rewrite: failing }, wire, 'story');
    expect(result).toMatchObject({
      kind: 'interrupted',
      cause: 'unavailable',
      reason: expect.stringContaining('Overloaded'),
    });
    expect(result.kind === 'interrupted' && result.partial).toBe('Once upon a time there was a');
  });

  it('[B5] an error at the beginning is recognised', async () => {
    const result = await withFault({ rewrite: () => wire.overloaded }, wire, 'story');
    expect(result).toMatchObject({
      kind: 'interrupted',
      cause: 'unavailable',
      reason: expect.stringContaining('Overloaded'),
    });
  });

  it.each([
    [
      'limited',
      { cause: 'unavailable', retryAfter: 7_000, reason: expect.stringContaining('(429): Slow down') },
    ],
    ['broken', { cause: 'unavailable', reason: expect.stringContaining('(500): Oops') }],
    [
      'unknown key',
      { cause: 'rejected', reason: expect.stringContaining(`Check providers.${wire.name}.apiKey`) },
    ],
    ['odd', { cause: 'rejected', reason: expect.stringContaining('(400): No such parameter') }],
    ['long', { cause: 'overflow', reason: expect.stringContaining('too long') }],
  ])('[B5] %s: the answer is asked for once, and the error understood', async (topic, expected) => {
    const result = await withFault({}, wire, topic);
    expect(result).toMatchObject({ kind: 'interrupted', ...expected });
    expect(mocks.proxy.requests).toHaveLength(1);
  });

  it('[K4] a provider that echoes the key does not leak it', async () => {
    const result = await withFault({}, wire, 'unknown key');
    expect(result).toMatchObject({ reason: expect.stringContaining('Wrong key [redacted]') });
  });

  it('[B5] a provider that cannot be reached is unavailable', async () => {
    const silent = await silentServer();
    await silent.close();
    const result = await callAt(silent.url, wire, [user('story')]);
    expect(result).toMatchObject({
      cause: 'unavailable',
      reason: expect.stringContaining('cannot be reached'),
    });
  });

  it('[B4] a call to a provider that never answers ends and closes its connection', async () => {
    const silent = await silentServer();
    const result = await callAt(silent.url, wire, [user('story')], {}, { idleTimeout: 50 });
    expect(result).toMatchObject({ kind: 'interrupted', cause: 'cut', partial: '' });
    await silent.hungUp;
    await silent.close();
  });

  it('a stopped call closes its connection', async () => {
    const silent = await silentServer();
    const controller = new AbortController();
    const calling = callAt(silent.url, wire, [user('story')], { signal: controller.signal });
    await silent.called;
    controller.abort('shutdown');
    expect(await calling).toMatchObject({ kind: 'interrupted', cause: 'shutdown' });
    await silent.hungUp;
    await silent.close();
  });
});

function withoutIds(result: Awaited<ReturnType<Mocks['call']>>) {
  if (result.kind !== 'finished') throw new Error(result.reason);
  return { ...result, content: result.content.map(({ providerOptions: _, ...part }) => part) };
}

/** Accepts requests and never answers. */
async function silentServer() {
  const called = Promise.withResolvers<void>();
  const hungUp = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', () => called.resolve());
    socket.on('error', () => {});
    socket.on('close', () => hungUp.resolve());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    called: called.promise,
    hungUp: hungUp.promise,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
