import { hash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { storedFile } from '../../src/protocol/content.ts';
import { eventPage } from '../../src/protocol/events.ts';
import { transcriptPage } from '../../src/protocol/messages.ts';
import { type HttpOptions, type HttpWorld, startHttp } from '../support/http.ts';

let world: HttpWorld;

async function start(options: HttpOptions = {}) {
  world = await startHttp(options);
}

afterEach(() => world.close());

/** The smallest PNG that any decoder takes. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

async function upload(data: Buffer | string, name?: string, headers: Record<string, string> = {}) {
  const query = name === undefined ? '' : `?name=${encodeURIComponent(name)}`;
  const sent = typeof data === 'string' ? data : new Uint8Array(data);
  const answer = await fetch(`${world.url}/v1/blobs${query}`, { method: 'POST', body: sent, headers });
  const body: unknown = await answer.json();
  return { status: answer.status, body, blob: storedFile.safeParse(body).data?.blob };
}

async function send(session: string, message: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${world.url}/v1/sessions/${session}/messages`, {
    ...{ method: 'POST', body: JSON.stringify(message) },
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: answer.status, body: await answer.json() };
}

async function read(path: string) {
  const answer = await fetch(world.url + path);
  return { status: answer.status, body: await answer.json() };
}

const wait = { prefer: 'wait=20' };

describe('[L13] an uploaded file', () => {
  it('is stored with its hash, and its type comes from its bytes', async () => {
    await start();
    const { status, body } = await upload(PNG, '../../photo of me.png', { 'content-type': 'text/html' });
    expect(status).toBe(201);
    expect(body).toEqual({
      blob: expect.stringMatching(/^[0-9a-f]{32}$/),
      bytes: PNG.length,
      mediaType: 'image/png',
      name: 'photo of me.png',
      sha256: hash('sha256', PNG, 'hex'),
    });
  });

  it.each([
    ['text', 'Hello.', 'a.md', 'text/markdown', 'text/markdown', 'a.md'],
    ['text that is declared as an image', 'Hello.', 'a.png', 'image/png', 'text/plain', 'a.png'],
    [
      'bytes that are declared as PDF',
      '\u0002\u0003',
      'x.pdf',
      'application/pdf',
      'application/octet-stream',
      'x.pdf',
    ],
    ['bytes of a type without marks', '\u0002\u0003', 'x', 'application/x-thing', 'application/x-thing', 'x'],
    ['a file without a usable name', '%PDF-1.7 x', '../..', '', 'application/pdf', 'file.pdf'],
    ['an empty file', '', undefined, '', 'text/plain', 'file.txt'],
  ])('of %s gets a true type and a safe name', async (_, data, name, declared, mediaType, stored) => {
    await start();
    const { status, body } = await upload(data, name, declared === '' ? {} : { 'content-type': declared });
    expect(status).toBe(201);
    expect(body).toMatchObject({ mediaType, name: stored });
  });

  it('[A10] over the limit is refused with 413 and the limit, and nothing is stored', async () => {
    await start();
    const { status, body } = await upload(Buffer.alloc(1_000_001));
    expect(status).toBe(413);
    expect(body).toMatchObject({ code: 'attachment_too_large', limit: 1_000_000 });
    expect(await world.engine.journal.removeUnusedBlobs(Number.MAX_SAFE_INTEGER)).toBe(0);
    expect((await upload(Buffer.alloc(1_000_000))).status).toBe(201);
  });

  it('[A10] that breaks off stores nothing', async () => {
    await start();
    const closed = new Promise<void>((resolve) => {
      const request = httpRequest(`${world.url}/v1/blobs`, { method: 'POST' });
      request.on('error', () => resolve());
      request.write(Buffer.alloc(200_000), () => request.destroy(new Error('leaves')));
    });
    await closed;
    // The server has read the end of the broken upload before it answers the next one on the same event loop.
    await upload(PNG);
    expect(await world.engine.journal.removeUnusedBlobs(Number.MAX_SAFE_INTEGER)).toBe(1);
  });

  it.each([
    ['as a form', { 'content-type': 'multipart/form-data; boundary=x' }, 400, 'invalid_request'],
    ['compressed', { 'content-encoding': 'gzip' }, 415, 'unsupported_content_encoding'],
  ])('is refused %s', async (_, headers, status, code) => {
    await start();
    expect(await upload(PNG, 'a.png', headers)).toMatchObject({ status, body: { code } });
  });
});

describe('[N7] a message with files', () => {
  it('reaches the model with its texts and files in their order', async () => {
    await start();
    const { blob } = await upload(PNG, 'a.png');
    const content = [
      { type: 'text', text: 'What is ' },
      { type: 'file', blob },
      { type: 'file', data: PNG.toString('base64'), name: 'b.png' },
      { type: 'text', text: ' ' },
    ];
    const answer = await send('s', { content, id: 'm' }, wait);
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'answered' } });
    expect(answer.body).toMatchObject({ text: 'You said: What is <a.png><b.png>' });
    const { events } = eventPage.parse((await read('/v1/sessions/s/events')).body);
    const received = events.flatMap((event) => (event.type === 'input_received' ? [event.input] : []));
    const file = { type: 'file', mediaType: 'image/png', bytes: PNG.length };
    const stored = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(received).toMatchObject([{ text: 'What is ' }]);
    expect(received[0]).toHaveProperty('content', [
      { type: 'text', text: 'What is ' },
      { ...file, blob, name: 'a.png' },
      { ...file, blob: stored, name: 'b.png' },
    ]);
    const { messages } = transcriptPage.parse((await read('/v1/sessions/s/messages')).body);
    expect(messages[0]).toMatchObject({ role: 'user', files: [{ name: 'a.png' }, { name: 'b.png' }] });
  });

  it('[A3] is stored once when it is sent twice', async () => {
    await start();
    const { blob } = await upload(PNG, 'a.png');
    const message = { content: [{ type: 'file', blob }], id: 'm' };
    expect((await send('s', message, wait)).body).toMatchObject({ outcome: 'answered', duplicate: false });
    expect((await send('s', message)).body).toMatchObject({ duplicate: true });
  });

  it.each([
    ['of a file that is not stored', [{ type: 'file', blob: 'none' }], 404, 'blob_not_found'],
    ['without content', [], 400, 'invalid_request'],
    ['of blank text only', [{ type: 'text', text: ' \n' }], 400, 'invalid_request'],
    ['with data that is not base64', [{ type: 'file', data: '%%%' }], 400, 'invalid_request'],
    ['of text over the limit', [{ type: 'text', text: 'x'.repeat(1_001) }], 413, 'message_too_large'],
  ])('is refused %s, and creates no session', async (_, content, status, code) => {
    await start();
    expect(await send('s', { content })).toMatchObject({ status, body: { code } });
    expect((await read('/v1/sessions/s')).status).toBe(404);
  });

  it('is refused with both text and content', async () => {
    await start();
    const both = { text: 'a', content: [{ type: 'text', text: 'b' }] };
    expect(await send('s', both)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });
});

describe('[L13] a download', () => {
  async function sent(name: string, data: Buffer | string = PNG) {
    await start();
    const { blob } = await upload(data, name);
    await send('s', { content: [{ type: 'file', blob }] }, wait);
    return `${world.url}/v1/sessions/s/blobs/${blob}`;
  }

  it('gives the bytes with their name and type, and lets no browser run them', async () => {
    const answer = await fetch(await sent('Übersicht (1).png'));
    expect(Buffer.from(await answer.arrayBuffer()).equals(PNG)).toBe(true);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PNG.length),
      'content-disposition': "attachment; filename*=UTF-8''%C3%9Cbersicht%20%281%29.png",
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      etag: `"${hash('sha256', PNG, 'hex')}"`,
    });
  });

  it('gives long files whole, and HEAD without the bytes', async () => {
    const long = Buffer.alloc(900_000, 'all work and no play ');
    const url = await sent('long.txt', long);
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(long)).toBe(true);
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('900000');
    expect(head.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await head.text()).toBe('');
  });

  it('[K6] is refused for a session that does not refer to the file', async () => {
    const url = await sent('a.png');
    await send('other', { text: 'hi' }, wait);
    for (const session of ['other', 'none']) {
      expect((await fetch(url.replace('/s/', `/${session}/`))).status, session).toBe(404);
    }
    const { blob } = await upload(PNG);
    expect((await fetch(`${world.url}/v1/sessions/s/blobs/${blob}`)).status).toBe(404);
  });
});
