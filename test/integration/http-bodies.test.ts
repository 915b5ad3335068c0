import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionPage } from '../../src/protocol/sessions.ts';
import { type HttpWorld, startHttp } from '../support/http.ts';
import { rawExchange, statusCodes } from '../support/raw-http.ts';

let world: HttpWorld;

beforeEach(async () => {
  world = await startHttp();
});

afterEach(() => world.close());

const JSON_TYPE = { 'content-type': 'application/json' };

async function post(path: string, body: Uint8Array, headers: Record<string, string> = {}) {
  const answer = await fetch(world.url + path, {
    method: 'POST',
    body: Buffer.from(body),
    headers: { ...JSON_TYPE, ...headers },
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

const send = (session: string, body: Uint8Array, headers?: Record<string, string>) =>
  post(`/v1/sessions/${session}/messages`, body, headers);

async function sessions(): Promise<string[]> {
  const page = sessionPage.parse(await (await fetch(`${world.url}/v1/sessions`)).json());
  return page.sessions.map(({ session }) => session);
}

const GBK = Buffer.concat([
  Buffer.from('{"text":"'),
  Uint8Array.of(0xd6, 0xd0, 0xce, 0xc4),
  Buffer.from('"}'),
]);

describe('a body', () => {
  it.each<[string, Buffer]>([
    ['Latin-1', Buffer.from('{"text":"Gr\u00fc\u00dfe"}', 'latin1')],
    ['GBK', GBK],
    ['UTF-16', Buffer.from('{"text":"hi"}\u4e2d', 'utf16le')],
    ['a cut character', Buffer.from('{"text":"é"}').subarray(0, -3)],
    [
      'an encoded surrogate',
      Buffer.concat([Buffer.from('{"text":"'), Uint8Array.of(0xed, 0xa0, 0x80), Buffer.from('"}')]),
    ],
  ])('[K7] that is not UTF-8 is refused and stores nothing: %s', async (_, bytes) => {
    const { status, body } = await send('a', bytes);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(await sessions()).toEqual([]);
  });

  it('[A3] with ids that differ in a byte that is not UTF-8 never becomes one message', async () => {
    for (const id of ['\u00e4-1', '\u00f6-1']) {
      const { status } = await send('a', Buffer.from(`{"text":"x","id":"${id}"}`, 'latin1'));
      expect(status).toBe(400);
    }
    for (const id of ['\u00e4-1', '\u00f6-1']) {
      const { status, body } = await send('a', Buffer.from(`{"text":"x","id":"${id}"}`));
      expect({ status, duplicate: body.duplicate }).toEqual({ status: 202, duplicate: false });
    }
  });

  it.each(['/v1/sessions/a/cancel', '/v1/restart', '/v1/config/plan', '/v1/config/rollback'])(
    '[K7] of any route is decoded strictly: %s',
    async (path) => {
      const { status, body } = await post(path, Buffer.from('{"reason":"\u00e4"}', 'latin1'));
      expect({ status, detail: body.detail }).toEqual({
        status: 400,
        detail: expect.stringContaining('it is not UTF-8'),
      });
      expect(world.wishes).toEqual([]);
    },
  );

  it('[K7] may begin with a byte order mark', async () => {
    expect((await send('a', Buffer.from('\uFEFF{"text":"hi"}'))).status).toBe(202);
  });

  it.each(['utf-8', 'UTF-8', '"utf-8"', 'utf8', 'us-ascii'])(
    '[K7] is taken with the charset %s',
    async (charset) => {
      const headers = { 'content-type': `application/json;charset=${charset}` };
      expect((await send('a', Buffer.from('{"text":"hi"}'), headers)).status).toBe(202);
    },
  );

  it.each(['iso-8859-1', 'utf-16', '"windows-1252"', 'utf-7', ''])(
    '[K7] is refused with the charset %s',
    async (charset) => {
      const headers = { 'content-type': `application/json; charset=${charset}` };
      const { status, body } = await send('a', Buffer.from('{"text":"hi"}'), headers);
      expect({ status, code: body.code }).toEqual({ status: 415, code: 'unsupported_charset' });
      expect(await sessions()).toEqual([]);
    },
  );

  it.each(['gzip', 'GZIP', 'deflate, gzip', 'br'])(
    '[K7] that is compressed is refused by name: %s',
    async (encoding) => {
      const { status, body } = await send('a', gzipSync('{"text":"hi"}'), { 'content-encoding': encoding });
      expect({ status, code: body.code }).toEqual({ status: 415, code: 'unsupported_content_encoding' });
      expect(body.detail).toContain(encoding.toLowerCase());
      expect((await send('a', Buffer.from('{"text":"hi"}'), { 'content-encoding': 'identity' })).status).toBe(
        202,
      );
    },
  );
});

/** Sends the path as it is, which `fetch` would resolve first. */
function ask(path: string, method = 'GET'): Promise<{ status: number; detail: string }> {
  const { port } = new URL(world.url);
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers: JSON_TYPE, agent: false },
      async (answer) => {
        const { detail = '' } = JSON.parse(await text(answer));
        resolve({ status: answer.statusCode ?? 0, detail });
      },
    );
    sent.on('error', reject);
    sent.end(method === 'POST' ? '{"text":"hi"}' : undefined);
  });
}

describe('a path', () => {
  it.each([
    ['/v1/sessions//messages', 'an empty segment'],
    ['/v1/sessions/./messages', '"." or ".."'],
    ['/v1/sessions/../messages', '"." or ".."'],
    ['/v1/sessions/%2e/messages', '"." or ".."'],
    ['/v1/sessions/.%2E/messages', '"." or ".."'],
    ['/v1/sessions/..', '"." or ".."'],
  ])('[K7] with a session id that leads elsewhere is refused: %s', async (path, why) => {
    for (const method of ['GET', 'POST']) {
      expect(await ask(path, method)).toEqual({ status: 400, detail: expect.stringContaining(why) });
    }
    expect(await sessions()).toEqual([]);
  });

  it('[K7] with bytes that are not percent-encoded is refused, since they are read as another id', async () => {
    const head = Buffer.from('GET /v1/sessions/\u00e9 HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect(statusCodes(await rawExchange(world.url, head))).toEqual([400]);
  });

  it('[K7] with a query that is not percent-encoded UTF-8 is refused', async () => {
    expect(await ask('/v1/sessions?prefix=%ff')).toEqual({
      status: 400,
      detail: expect.stringContaining('query'),
    });
    expect((await ask('/v1/sessions?prefix=%C3%A9')).status).toBe(200);
  });
});
