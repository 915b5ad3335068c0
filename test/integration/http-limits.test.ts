import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpWorld, startHttp } from '../support/http.ts';
import { openSocket, rawExchange, statusCodes } from '../support/raw-http.ts';

const LIMIT = 1_000;
let world: HttpWorld;

beforeEach(async () => {
  world = await startHttp({ config: { messageLimit: LIMIT } });
});

afterEach(() => world.close());

const post = (body: string | Uint8Array | ReadableStream, path = '/v1/sessions/a/messages') =>
  fetch(world.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });

async function healthy(): Promise<void> {
  const answer = await fetch(`${world.url}/v1/status`);
  expect(answer.status).toBe(200);
  expect(world.errors).toEqual([]);
}

describe('[A10] a message over the limit', () => {
  it.each([
    ['of its text', LIMIT + 1],
    ['by far', 5_000_000],
  ])('is refused with the limit, and nothing is stored: %s', async (_, length) => {
    const answer = await post(JSON.stringify({ text: 'x'.repeat(length) }));
    expect(answer.status).toBe(413);
    expect(await answer.text()).toContain(String(LIMIT));
    expect(await world.engine.sessions.list({ limit: 1 })).toEqual([]);
  });

  it('is refused when its length is not announced, after no more than the limit was read', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 64_000;
        controller.enqueue(new Uint8Array(64_000).fill(0x20));
        if (sent > 1e9) controller.close();
      },
    });
    const answer = await post(endless).catch((error: Error) => error);
    if (answer instanceof Response) expect(answer.status).toBe(413);
    expect(sent).toBeLessThan(1e9);
    await healthy();
  });

  it('is one byte longer than the longest that is stored, escapes not counted', async () => {
    const answer = await post(JSON.stringify({ text: '"\n'.repeat(LIMIT / 2) }));
    expect(answer.status).toBe(202);
  });
});

describe('[K7] hostile requests', () => {
  it('with deep JSON are refused', async () => {
    world.config.messageLimit = 1_000_000;
    const depth = 500_000;
    for (const body of [
      '['.repeat(depth) + ']'.repeat(depth),
      `${'{"text":'.repeat(depth / 5)}1${'}'.repeat(depth / 5)}`,
      `{"text":"a","x":${'['.repeat(depth)}${']'.repeat(depth)}}`,
      '{"__proto__":{"text":"polluted"}}',
      '{"text":{"toString":"x"}}',
    ]) {
      expect((await post(body)).status).toBe(400);
    }
    await healthy();
  });

  it('with thousands of unknown members get a short answer', async () => {
    const body = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, 1]));
    const answer = await post(JSON.stringify(body));
    expect(answer.status).toBe(400);
    expect((await answer.text()).length).toBeLessThan(3_000);
  });

  it('with a long address or long headers are refused', async () => {
    const long = 'x'.repeat(20_000);
    const address = await rawExchange(world.url, `GET /v1/${long} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    expect(statusCodes(address)).toEqual([431]);
    const header = await rawExchange(
      world.url,
      `GET /v1/status HTTP/1.1\r\nhost: localhost\r\nx: ${long}\r\n\r\n`,
    );
    expect(statusCodes(header)).toEqual([431]);
    await healthy();
  });

  it.each([
    ['GET /v1/status HTTP/1.1\r\n\r\n', 400],
    ['GET /v1/status HTTP/1.0\r\n\r\n', 400],
    ['GET \\..\\x HTTP/1.1\r\nhost: localhost\r\n\r\n', 400],
    ['GET /a\\b HTTP/1.1\r\nhost: localhost\r\n\r\n', 400],
    ['GET http://evil.example/v1/status HTTP/1.1\r\nhost: evil.example\r\n\r\n', 403],
    ['GET http://[/ HTTP/1.1\r\nhost: localhost\r\n\r\n', 400],
    ['TRACE /v1/status HTTP/1.1\r\nhost: localhost\r\n\r\n', 405],
    ['GET /nowhere HTTP/1.1\r\nhost: localhost\r\nexpect: a miracle\r\n\r\n', 404],
    [
      'POST /v1/stop HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n',
      400,
    ],
    [
      'POST /v1/stop HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{',
      400,
    ],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ])('are answered or cut off: %j', async (bytes, status) => {
    const received = await rawExchange(world.url, bytes);
    expect(received === '' ? [status] : statusCodes(received)).toEqual([status]);
    if (received !== '') expect(received).toContain('application/problem+json');
    expect(world.wishes).toEqual([]);
    await healthy();
  });

  it('that follow a good one on the same connection do not spoil its answer', async () => {
    const good = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n';
    const received = await rawExchange(world.url, `${good}\x00\x01garbage\r\n\r\n`);
    expect(statusCodes(received).filter((status) => ![200, 400].includes(status))).toEqual([]);
    await healthy();
  });

  it('that follow one without an answer yet get none in its place', async () => {
    const slow = await startHttp({ script: [{ text: 'late', delay: 60_000 }] });
    const body = '{"text":"hi"}';
    const head = `host: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nprefer: wait=60`;
    const waiting = `POST /v1/sessions/a/messages HTTP/1.1\r\n${head}\r\n\r\n${body}`;
    expect(await rawExchange(slow.url, `${waiting}\x00garbage\r\n\r\n`)).toBe('');
    await slow.close();
  });

  it('that never end are cut off by time, not by the event loop', () => {
    const { headersTimeout, requestTimeout } = world.tcp;
    expect(headersTimeout).toBeLessThanOrEqual(15_000);
    expect(requestTimeout).toBeLessThanOrEqual(60_000);
  });

  it('that stop in the middle are answered with 408', async () => {
    world.tcp.headersTimeout = 1;
    world.tcp.requestTimeout = 1;
    const socket = openSocket(world.url);
    socket.write('GET /v1/status HTTP/1.1\r\nhost: local');
    let received = '';
    socket.on('data', (piece) => {
      received += piece;
    });
    await once(socket, 'end');
    socket.destroy();
    expect(statusCodes(received)).toEqual([408]);
  });

  it('by the hundred at once leave it well', async () => {
    const kinds = [
      () => post('{'),
      () => post(JSON.stringify({ text: 'x'.repeat(3 * LIMIT) })),
      () => fetch(`${world.url}/v1/sessions/${encodeURIComponent('../'.repeat(50))}`),
      () => fetch(`${world.url}/v1/sessions?limit=1e999`),
    ];
    const all = Array.from({ length: 400 }, (_, i) => kinds[i % kinds.length]?.());
    for (const answer of await Promise.all(all)) {
      expect(answer?.status).toBeGreaterThanOrEqual(400);
      expect(answer?.status).toBeLessThan(500);
      await answer?.arrayBuffer();
    }
    await healthy();
  });
});
