import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpWorld, startHttp } from '../support/http.ts';
import { open, rawExchange, statuses } from '../support/raw-http.ts';

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
    expect(statuses(address)).toEqual([431]);
    const header = await rawExchange(
      world.url,
      `GET /v1/status HTTP/1.1\r\nhost: localhost\r\nx: ${long}\r\n\r\n`,
    );
    expect(statuses(header)).toEqual([431]);
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
    expect(received === '' ? [status] : statuses(received)).toEqual([status]);
    if (received !== '') expect(received).toContain('application/problem+json');
    expect(world.wishes).toEqual([]);
    await healthy();
  });

  it('that follow a good one on the same connection do not spoil its answer', async () => {
    const good = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n';
    const received = await rawExchange(world.url, `${good}\x00\x01garbage\r\n\r\n`);
    expect(statuses(received).filter((status) => ![200, 400].includes(status))).toEqual([]);
    await healthy();
  });

  it('that never end are cut off by time, not by the event loop', () => {
    const { headersTimeout, requestTimeout } = world.tcp;
    expect(headersTimeout).toBeLessThanOrEqual(15_000);
    expect(requestTimeout).toBeLessThanOrEqual(60_000);
  });

  it('that stop in the middle are answered with 408', async () => {
    world.tcp.headersTimeout = 1;
    world.tcp.requestTimeout = 1;
    const socket = open(world.url);
    socket.write('GET /v1/status HTTP/1.1\r\nhost: local');
    let received = '';
    socket.on('data', (piece) => {
      received += piece;
    });
    await once(socket, 'end');
    socket.destroy();
    expect(statuses(received)).toEqual([408]);
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

const PATHS = [
  '/v1/sessions',
  '/v1/sessions/{x}',
  '/v1/sessions/{x}/messages',
  '/v1/sessions/{x}/events',
  '/v1/sessions/{x}/export',
  '/v1/sessions/{x}/cancel',
  '/v1/sessions/{x}/release',
  '/v1/status',
  '/v1/{x}',
  '/{x}',
];

const anyPath = fc
  .tuple(
    fc.constantFrom(...PATHS),
    fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 600 })),
    fc.boolean(),
  )
  .map(([path, word, encode]) =>
    path.replace('{x}', () => (encode ? encodeURIComponent(word.toWellFormed()) : visible(word))),
  );

const anyQuery = fc.oneof(
  fc.constant(''),
  fc
    .dictionary(
      fc.constantFrom('limit', 'after', 'status', 'agent', 'prefix', '__proto__', 'x'),
      fc.oneof(fc.string({ unit: 'binary' }), fc.integer().map(String), fc.double().map(String)),
    )
    .map((query) => `?${new URLSearchParams(query)}`),
);

const anyBody = fc.oneof(
  fc.json(),
  fc.string(),
  fc
    .record(
      {
        text: fc.anything(),
        id: fc.oneof(fc.string({ unit: 'binary' }), fc.integer()),
        mode: fc.oneof(fc.constantFrom('steer', 'queue'), fc.string()),
        from: fc.string({ unit: 'binary' }),
        agent: fc.string(),
        reason: fc.anything(),
      },
      { requiredKeys: [] },
    )
    .map((body) => safeJson(body)),
);

const anyHeaders = fc.dictionary(
  fc.constantFrom(
    'accept',
    'prefer',
    'last-event-id',
    'authorization',
    'origin',
    'if-match',
    'content-encoding',
    'range',
  ),
  fc.oneof(
    fc.string().map(visible),
    fc.constantFrom(
      'text/event-stream',
      'application/jsonl',
      'wait=0',
      'a.1',
      `x.${'9'.repeat(15)}`,
      'Bearer x',
    ),
  ),
);

/** Anything that a URL or header may hold as it is. */
function visible(word: string): string {
  return word.replaceAll(/[^\x21-\x7e]/g, '~');
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? String(member) : member));
  } catch {
    return 'null';
  }
}

describe('[K7] any request', () => {
  it('is answered with less than 500, and every refusal is a problem document', {
    timeout: 60_000,
  }, async () => {
    const anyRequest = fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
      path: anyPath,
      query: anyQuery,
      headers: anyHeaders,
      body: anyBody,
      type: fc.constantFrom('application/json', 'text/plain', 'application/problem+json', 'nonsense', ''),
    });
    await fc.assert(
      fc.asyncProperty(anyRequest, async ({ method, path, query, headers, body, type }) => {
        const leaving = new AbortController();
        const hasBody = !['GET', 'HEAD'].includes(method);
        const answer = await fetch(world.url + path + query, {
          method,
          headers: { ...headers, 'content-type': type },
          signal: leaving.signal,
          ...(hasBody ? { body } : {}),
        });
        expect(answer.status).toBeLessThan(500);
        if (answer.status >= 400 && method !== 'HEAD') {
          const problem = await answer.json();
          expect(problem).toMatchObject({
            status: answer.status,
            code: expect.any(String),
            detail: expect.any(String),
          });
        }
        leaving.abort();
      }),
      { numRuns: 500 },
    );
    await healthy();
  });

  it('of raw bytes is answered with less than 500 or cut off', { timeout: 60_000 }, async () => {
    const pieces = fc.constantFrom(
      'GET ',
      'POST ',
      '/v1/status',
      '/v1/sessions/a/messages',
      ' HTTP/1.1\r\n',
      'host: localhost\r\n',
      'content-length: 3\r\n',
      'content-length: -1\r\n',
      'transfer-encoding: chunked\r\n',
      'content-type: application/json\r\n',
      'expect: 100-continue\r\n',
      'upgrade: websocket\r\nconnection: upgrade\r\n',
      '\r\n',
      'ffffffffffffffff\r\n',
      '3\r\n{}\n\r\n0\r\n\r\n',
    );
    const junk = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    const anyBytes = fc.array(fc.oneof({ weight: 4, arbitrary: pieces }, junk), { maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(anyBytes, async (parts) => {
        const received = await rawExchange(world.url, Buffer.from(parts.join(''), 'latin1'));
        for (const status of statuses(received)) expect(status).toBeLessThan(500);
      }),
      { numRuns: 500 },
    );
    await healthy();
  });
});
