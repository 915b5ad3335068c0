import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Json } from '../../../src/core/model/message.ts';
import { createPublicCheck } from '../../../src/tools/http/addresses.ts';
import type { HttpToolConfig } from '../../../src/tools/http/config.ts';
import { createHttpFetchTool } from '../../../src/tools/http/http-fetch.ts';
import { textOf } from './shell-bench.ts';

async function server(handler: (request: IncomingMessage, response: ServerResponse) => void) {
  const listening = createServer(handler).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => {
    listening.closeAllConnections();
    listening.close();
  });
  const address = listening.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function fetchText(
  input: Json,
  changes: Partial<HttpToolConfig> = {},
  signal = new AbortController().signal,
) {
  const config = {
    enabled: true,
    allow: ['*', 'localhost', '127.0.0.1'],
    timeout: 5_000,
    maxBytes: 1_000,
    ...changes,
  };
  const context = { session: 's', call: '1.1', key: 'key-1', attempt: 1, signal };
  return textOf(await createHttpFetchTool(config).run(input, context));
}

describe('http_fetch', () => {
  it('returns status, selected headers and text, whatever the status', async () => {
    const port = await server((_, response) => {
      response.writeHead(404, { 'content-type': 'text/html', 'x-noise': '1' }).end('<p>gone</p>');
    });
    expect(await fetchText({ url: `http://localhost:${port}/x` })).toBe(
      `text: 404 Not Found (http://localhost:${port}/x)\ncontent-type: text/html\n\n<p>gone</p>`,
    );
  });

  it('[F2] sends the idempotency key with every method that is not a read', async () => {
    const seen: unknown[] = [];
    const port = await server(async (request, response) => {
      const body = (await request.toArray()).join('');
      seen.push([request.method, request.headers['idempotency-key'], request.headers['x-mine'], body]);
      response.end();
    });
    const url = `http://127.0.0.1:${port}/`;
    for (const method of ['GET', 'PUT', 'POST']) {
      await fetchText({
        url,
        method,
        headers: { 'X-Mine': 'y' },
        ...(method === 'GET' ? {} : { body: 'ü' }),
      });
    }
    expect(seen).toEqual([
      ['GET', undefined, 'y', ''],
      ['PUT', 'key-1', 'y', 'ü'],
      ['POST', 'key-1', 'y', 'ü'],
    ]);
    expect(await fetchText({ url, headers: { 'idempotency-key': 'mine' } })).toContain(
      '"headers": must not set',
    );
  });

  it('returns only text, up to the size limit', async () => {
    const port = await server(({ url }, response) => {
      if (url === '/binary') response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(30));
      else if (url === '/long')
        response.writeHead(200, { 'content-type': 'text/plain' }).end('é'.repeat(900));
      else
        response
          .writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
          .end(gzipSync('zip'));
    });
    const url = `http://localhost:${port}`;
    expect(await fetchText({ url: `${url}/binary` })).toContain(
      '[the body is not text: image/png, 30 bytes]',
    );
    const long = await fetchText({ url: `${url}/long` }, { maxBytes: 1_001 });
    expect(long).toMatch(/\n\né{500}\n\[the body is longer than 1001 bytes and was cut\]$/);
    expect(await fetchText({ url: `${url}/gzip` })).toMatch(/\n\nzip$/);
  });

  it('[F6] stops after the time limit and says whether the request may have taken effect', async () => {
    const port = await server(() => {});
    const url = `http://localhost:${port}/`;
    expect(await fetchText({ url }, { timeout: 100 })).toMatch(
      /^error-text: GET .* took longer than 0\.1 s\.$/,
    );
    expect(await fetchText({ url, method: 'POST' }, { timeout: 100 })).toMatch(
      /may or may not have taken effect/,
    );
    const cancelled = AbortSignal.timeout(50);
    expect(await fetchText({ url }, {}, cancelled)).toMatch(/it was stopped/);
    const refused = await fetchText({ url: 'http://localhost:1/', method: 'POST' });
    expect(refused).toContain('ECONNREFUSED');
    expect(refused).not.toContain('may or may not');
  });

  it('names a proxy of the environment when a server cannot be reached, because the tool does not use it', async (t) => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:9');
    t.onTestFinished(() => void vi.unstubAllEnvs());
    expect(await fetchText({ url: 'http://localhost:1/' })).toContain(
      '(HTTPS_PROXY is set, but this tool connects directly.)',
    );
  });

  it('follows redirects of reads only, and sends no credentials to another origin', async () => {
    const headers: unknown[] = [];
    const target = await server((request, response) => {
      headers.push(request.headers.authorization);
      response.end('there');
    });
    const port = await server(({ url }, response) => {
      const location = url === '/loop' ? '/loop' : `http://127.0.0.1:${target}/`;
      response.writeHead(302, { location }).end();
    });
    const url = `http://localhost:${port}`;
    const secret = { Authorization: 'Bearer x' };
    expect(await fetchText({ url, headers: secret })).toContain(`(http://127.0.0.1:${target}/)\n\nthere`);
    expect(headers).toEqual([undefined]);
    expect(await fetchText({ url, method: 'POST' })).toMatch(/^text: 302 Found .*\nlocation: http/);
    expect(await fetchText({ url: `${url}/loop` })).toContain('redirects more than 5 times');
  });
});

describe('[K5] the allowed hosts', () => {
  it('refuses a private address, however it is written, unless an entry names it', async () => {
    const port = await server((_, response) => response.end('inside'));
    for (const host of ['localhost', '127.0.0.1', '[::1]', '0x7f.1', '[::ffff:127.0.0.1]', '0.0.0.0']) {
      for (const allow of [[], ['*']]) {
        expect(await fetchText({ url: `http://${host}:${port}/` }, { allow })).toContain(
          'is not a public address',
        );
      }
    }
    expect(await fetchText({ url: `http://localhost:${port}/` }, { allow: ['localhost'] })).toContain(
      'inside',
    );
  });

  it('refuses a redirect to a host that is not allowed', async () => {
    const inner = await server((_, response) => response.end('inside'));
    const port = await server((_, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${inner}/` }).end();
    });
    const output = await fetchText({ url: `http://localhost:${port}/` }, { allow: ['*', 'localhost'] });
    expect(output).toMatch(/^error-text: 127\.0\.0\.1 leads to 127\.0\.0\.1, which is not a public address/);
  });

  it('refuses every host that is not on the list', async () => {
    expect(
      await fetchText({ url: 'http://example.org/' }, { allow: ['example.com', '*.example.net'] }),
    ).toContain('does not allow requests to example.org');
    const port = await server((_, response) => response.end('sub'));
    expect(await fetchText({ url: `http://a.localhost:${port}/` }, { allow: ['*.localhost'] })).not.toContain(
      'does not allow',
    );
    expect(await fetchText({ url: 'ftp://example.com/' })).toContain('"url": must be an http or https URL');
    expect(await fetchText({ url: 'http://me:pw@example.com/' })).toContain('must not contain a user name');
  });

  it.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['10.1.2.3', false],
    ['169.254.169.254', false],
    ['172.31.0.1', false],
    ['192.168.1.1', false],
    ['100.64.0.1', false],
    ['224.0.0.1', false],
    ['::', false],
    ['fe80::1%eth0', false],
    ['fd00::1', false],
    ['::ffff:10.0.0.1', false],
    ['64:ff9b::a00:1', false],
    ['2002:7f00:1::', false],
  ])('%s public: %s', (address, expected) => {
    expect(createPublicCheck()(address)).toBe(expected);
  });
});
