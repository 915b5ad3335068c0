import { createRequire } from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type AnsweringServer,
  answerWith,
  callServer,
  chatChunk,
  DONE,
  startAnsweringServer,
  textIn,
} from '../support/answering-server.ts';
import { tunnelTo } from '../support/tunnel.ts';

/** Tests the behaviour that all providers share below their protocol, over a real connection. */

let server: AnsweringServer;
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const ANSWER = chatChunk({ role: 'assistant', content: 'yes' }) + chatChunk({}, 'stop') + DONE;
const types = ['openai', 'openai-compatible', 'anthropic', 'google'] as const;

describe.each(types)('[B5] %s: a status of success without an answer', (type) => {
  it.each([
    [
      'a web page',
      '<!doctype html><html><title>Sign in</title><body>…</body></html>',
      'text/html',
      'a web page: Sign in',
    ],
    [
      'JSON without an answer',
      '{"status":"ok"}',
      'application/json',
      'JSON that is no answer: {"status":"ok"}',
    ],
    ['JSON with a message', '{"message":"no such route"}', 'application/json', 'no such route'],
    ['JSON with a detail', '{"detail":"Not authenticated"}', 'application/json', 'Not authenticated'],
    ['a text', 'It works!', 'text/plain', 'a text (text/plain): It works!'],
  ])('%s is told and not asked for again', async (_, body, contentType, words) => {
    server = await startAnsweringServer(answerWith(body, contentType));
    expect(await callServer(server.url, type)).toMatchObject({
      kind: 'interrupted',
      cause: 'rejected',
      reason: expect.stringMatching(/Check providers\.p\.baseUrl\.$/),
    });
    expect(await callServer(server.url, type)).toMatchObject({ reason: expect.stringContaining(words) });
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ['{"error":{"message":"overloaded","code":503}}', 'unavailable'],
    ['{"error":{"message":"wrong key","type":"authentication_error"}}', 'rejected'],
    ['{"error":{"message":"prompt is too long"}}', 'overflow'],
    ['{"object":"error","message":"prompt is too long","code":400}', 'overflow'],
    ['[{"error":{"message":"slow down","code":429}}]', 'unavailable'],
    ['{"code":500,"msg":"engine gone"}', 'unavailable'],
    ['upstream connect error', 'unavailable'],
    ['', 'cut'],
  ])('the error %s counts as what it says', async (body, cause) => {
    server = await startAnsweringServer(answerWith(body, 'application/json'));
    expect(await callServer(server.url, type)).toMatchObject({ kind: 'interrupted', cause });
  });
});

it('reads the answer of a chat server that does not stream', async () => {
  const message = {
    role: 'assistant',
    content: 'yes',
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } }],
  };
  const answer = {
    id: 'c',
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
    usage: { prompt_tokens: 3, completion_tokens: 4 },
  };
  server = await startAnsweringServer(answerWith(JSON.stringify(answer, null, 2), 'application/json'));
  expect(await callServer(server.url)).toMatchObject({
    ...{ kind: 'finished', finish: 'tool-calls', usage: { input: 3, output: 4 } },
    content: [
      { type: 'text', text: 'yes' },
      { type: 'tool-call', toolName: 'look' },
    ],
  });
});

it.each(types)(
  '[B5] %s: a refusal without a message near the full window means that the prompt is too long',
  async (type) => {
    server = await startAnsweringServer(answerWith('', 'application/json', 400));
    expect(await callServer(server.url, type, { fill: 0.9 })).toMatchObject({ cause: 'overflow' });
    expect(await callServer(server.url, type, { fill: 0.1 })).toMatchObject({ cause: 'rejected' });
  },
);

describe('[B4] only the configured limit ends a silent call', () => {
  /** Advances the clock of undici by more than its own limit of 300 s; the first tick only starts its timers. */
  const tick = (): void => {
    const { tick: advance } = createRequire(import.meta.url)('undici/lib/util/timers.js');
    for (let n = 0; n < 3; n++) advance(400_000);
  };

  it.each(types)('%s: before the first byte', async (type) => {
    let answer: (() => void) | undefined;
    server = await startAnsweringServer((response) => {
      answer = () => void response.writeHead(500).end('{"error":{"message":"late, but here"}}');
    });
    const asked = server.asked();
    const result = callServer(server.url, type);
    await asked;
    tick();
    answer?.();
    expect(await result).toMatchObject({ reason: expect.stringContaining('late, but here') });
  });

  it('between two chunks', async () => {
    const heard = Promise.withResolvers<void>();
    const rest = Promise.withResolvers<void>();
    server = await startAnsweringServer(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chatChunk({ content: 'first ' }));
      await rest.promise;
      response.end(chatChunk({ content: 'second' }) + chatChunk({}, 'stop') + DONE);
    });
    const result = callServer(server.url, 'openai-compatible', { onPart: () => heard.resolve() });
    await heard.promise;
    tick();
    rest.resolve();
    expect(textIn(await result)).toBe('first second');
  });
});

describe('a proxy from the environment', () => {
  const NAME = 'http://models.example.invalid/v1';

  it.each(['HTTP_PROXY', 'http_proxy'])('is used when %s names it', async (variable) => {
    server = await startAnsweringServer(answerWith(ANSWER));
    const proxy = await tunnelTo(server);
    vi.stubEnv(variable, proxy.url);
    expect(textIn(await callServer(NAME))).toBe('yes');
    expect(proxy.tunnels).toEqual(['models.example.invalid:80']);
    await proxy.close();
  });

  it('is not used for hosts in NO_PROXY or for this machine', async () => {
    server = await startAnsweringServer(answerWith(ANSWER));
    const proxy = await tunnelTo(server);
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', '.invalid');
    expect(await callServer(NAME)).toMatchObject({ cause: 'unavailable' });
    expect(textIn(await callServer(server.url))).toBe('yes');
    expect(proxy.tunnels).toEqual([]);
    await proxy.close();
  });

  it.each([
    ['HTTP_PROXY', NAME],
    ['HTTPS_PROXY', NAME.replace('http', 'https')],
  ])('%s is named when the proxy cannot be reached', async (variable, url) => {
    server = await startAnsweringServer(answerWith(''));
    await server.close();
    vi.stubEnv(variable, server.url);
    const { host } = new URL(server.url);
    expect(await callServer(url)).toMatchObject({
      cause: 'unavailable',
      reason: expect.stringContaining(
        `(${variable} leads to the proxy ${host}, unless NO_PROXY names models.example.invalid)`,
      ),
    });
  });

  it.each(['http://', 'ftp://proxy:21', 'http://user:secret@:1'])(
    'is refused as %s with a reason and without its password',
    async (value) => {
      server = await startAnsweringServer(answerWith(''));
      vi.stubEnv('HTTPS_PROXY', value);
      const result = await callServer(NAME);
      expect(result).toMatchObject({
        cause: 'rejected',
        reason: expect.stringMatching(/HTTPS_PROXY is ".*not the address of a proxy/),
      });
      expect(JSON.stringify(result)).not.toContain('secret');
    },
  );

  it('is named in the error when it refuses', async () => {
    server = await startAnsweringServer(answerWith(''));
    const proxy = await tunnelTo(server, 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    vi.stubEnv('HTTP_PROXY', proxy.url);
    expect(await callServer(NAME)).toMatchObject({
      cause: 'unavailable',
      reason: expect.stringMatching(/407.*HTTP_PROXY leads to the proxy/),
    });
    await proxy.close();
  });

  it('may be written without a scheme', async () => {
    server = await startAnsweringServer(answerWith(ANSWER));
    const proxy = await tunnelTo(server);
    vi.stubEnv('HTTP_PROXY', new URL(proxy.url).host);
    expect(textIn(await callServer(NAME))).toBe('yes');
    await proxy.close();
  });
});
