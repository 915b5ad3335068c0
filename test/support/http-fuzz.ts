import fc from 'fast-check';
import { expect } from 'vitest';
import { rawExchange, statusCodes } from './raw-http.ts';

/** Sends requests of all kinds: each is answered with less than 500, and every refusal is a problem document. */
export async function fuzzRequests(url: string, numRuns: number): Promise<void> {
  const anyRequest = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
    path: anyPath,
    query: anyQuery,
    headers: anyHeaders,
    body: anyBody,
    type: fc.constantFrom(
      'application/json',
      'application/json; charset=utf-8',
      'application/json; charset=iso-8859-1',
      'application/merge-patch+json',
      'text/plain',
      'application/problem+json',
      'nonsense',
      '',
    ),
  });
  await fc.assert(
    fc.asyncProperty(anyRequest, async ({ method, path, query, headers, body, type }) => {
      const leaving = new AbortController();
      const hasBody = !['GET', 'HEAD'].includes(method);
      const answer = await fetch(url + path + query, {
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
    { numRuns },
  );
}

/** Sends bytes that may be no request at all: they are answered with less than 500 or cut off. */
export async function fuzzBytes(url: string, numRuns: number): Promise<void> {
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
      const received = await rawExchange(url, Buffer.from(parts.join(''), 'latin1'));
      for (const status of statusCodes(received)) expect(status).toBeLessThan(500);
    }),
    { numRuns },
  );
}

const PATHS = [
  '/v1/sessions',
  '/v1/sessions/{x}',
  '/v1/sessions/{x}/messages',
  '/v1/sessions/{x}/events',
  '/v1/sessions/{x}/export',
  '/v1/sessions/{x}/cancel',
  '/v1/sessions/{x}/release',
  '/v1/status',
  '/v1/config',
  '/v1/config/plan',
  '/v1/config/diff',
  '/v1/config/rollback',
  '/v1/config/revisions',
  '/v1/config/revisions/{x}',
  '/v1/handovers',
  '/v1/handovers/{x}',
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
    path.replace('{x}', () => (encode ? encodeURIComponent(word.toWellFormed()) : keepVisible(word))),
  );

const anyQuery = fc.oneof(
  fc.constant(''),
  fc
    .dictionary(
      fc.constantFrom('limit', 'after', 'status', 'agent', 'prefix', 'from', 'to', '__proto__', 'x'),
      fc.oneof(fc.string({ unit: 'binary' }), fc.integer().map(String), fc.double().map(String)),
    )
    .map((query) => `?${new URLSearchParams(query)}`),
);

const configKey = fc.oneof(
  fc.constantFrom('agents', 'main', 'model', 'auth', 'tokens', 'listen', 'providers', '__proto__'),
  fc.string({ unit: 'binary' }),
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
  fc
    .record(
      {
        source: fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.anything()),
        patch: fc.oneof(fc.dictionary(configKey, fc.anything()), fc.anything()),
        revision: fc.oneof(fc.integer(), fc.double(), fc.string()),
      },
      { requiredKeys: [] },
    )
    .map((body) => safeJson(body)),
  fc.dictionary(configKey, fc.oneof(fc.dictionary(configKey, fc.anything()), fc.anything())).map(safeJson),
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
    fc.string().map(keepVisible),
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
function keepVisible(word: string): string {
  return word.replaceAll(/[^\x21-\x7e]/g, '~');
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? String(member) : member));
  } catch {
    return 'null';
  }
}
