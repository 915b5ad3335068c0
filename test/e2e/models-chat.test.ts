import { afterEach, describe, expect, it } from 'vitest';
import {
  type AnsweringServer,
  type AnswerRequest,
  answerWith,
  callServer,
  chatChunk,
  DONE,
  startAnsweringServer,
  textIn,
} from '../support/answering-server.ts';

/** Tests the ways in which servers and gateways deviate from OpenAI's chat protocol, over a real connection. */

let server: AnsweringServer;
afterEach(() => server.close());

async function answerTo(answering: AnswerRequest | string, more: Parameters<typeof callServer>[2] = {}) {
  server = await startAnsweringServer(typeof answering === 'string' ? answerWith(answering) : answering);
  return callServer(server.url, 'openai-compatible', more);
}

const HELLO = chatChunk({ role: 'assistant', content: 'hello ' }) + chatChunk({ content: 'wörld' });
const STOP = chatChunk({}, 'stop');

describe('[B4] [DONE] ends an answer', () => {
  it.each([
    ['without a finish reason', HELLO + DONE],
    ['with a finish reason that is an empty string', HELLO + chatChunk({}, '') + DONE],
    ['with a finish reason that is the string "null"', HELLO + chatChunk({}, 'null') + DONE],
  ])('%s', async (_, body) => {
    const result = await answerTo(body);
    expect(result).toMatchObject({ kind: 'finished', finish: 'stop' });
    expect(textIn(result)).toBe('hello wörld');
  });

  it('with tool calls', async () => {
    const call = { index: 0, id: 'a', type: 'function', function: { name: 'look', arguments: '{"x":1}' } };
    expect(await answerTo(chatChunk({ tool_calls: [call] }) + DONE)).toMatchObject({
      finish: 'tool-calls',
      content: [{ type: 'tool-call', toolCallId: 'a', input: { x: 1 } }],
    });
  });

  it.each([
    ['stays open', () => {}],
    ['breaks', (response: Parameters<AnswerRequest>[0]) => void response.socket?.resetAndDestroy()],
  ])('when the connection %s after it', async (_, after) => {
    const result = await answerTo((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(HELLO + STOP + DONE, () => after(response));
    });
    expect(textIn(result)).toBe('hello wörld');
  });

  it('but not an empty one, and no answer ends without it', async () => {
    expect(await answerTo(DONE)).toMatchObject({ kind: 'interrupted', cause: 'cut' });
    await server.close();
    expect(await answerTo(HELLO)).toMatchObject({
      kind: 'interrupted',
      cause: 'cut',
      partial: 'hello wörld',
    });
  });
});

it('[B4] does not wait for a connection that stays open after the finish reason', async () => {
  const result = await answerTo((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(HELLO + STOP);
  });
  expect(textIn(result)).toBe('hello wörld');
});

describe('a stream with odd fields is read', () => {
  const all = HELLO + STOP + DONE;
  const odd = (field: string, value: string) => all.replaceAll(field, value);
  it.each([
    ['comments', `: PROCESSING\n\n: ping\n\n${all}`],
    ['CRLF', all.replaceAll('\n', '\r\n')],
    ['no space after the colon', all.replaceAll('data: ', 'data:')],
    ['a byte order mark', `\ufeff${all}`],
    ['event names', all.replaceAll('data:', 'event: message\ndata:')],
    ['no blank line at the end', all.trimEnd()],
    ['a chunk without choices', `data: {"id":"x","object":"chat.completion.chunk"}\n\n${all}`],
    ['choices that are null', `data: {"id":"x","choices":null}\n\n${all}`],
    ['an error that is null', odd('"created":1', '"created":1,"error":null')],
    ['a time that is a string', odd('"created":1', '"created":"now"')],
    ['an id that is a number', odd('"id":"c"', '"id":7')],
    ['another role', odd('"role":"assistant"', '"role":"model"')],
    ['usage null', odd('"model":"m"', '"model":"m","usage":null')],
    [
      'the whole message repeated at the end',
      `${HELLO}data: {"choices":[{"message":{"content":"hello wörld"},"finish_reason":"stop"}]}\n\n${DONE}`,
    ],
    [
      'a message in place of chunks',
      `data: {"choices":[{"message":{"role":"assistant","content":"hello wörld"},"finish_reason":"stop"}]}\n\n${DONE}`,
    ],
  ])('%s', async (_, body) => {
    expect(textIn(await answerTo(body))).toBe('hello wörld');
  });

  it.each(['application/json', 'text/plain', ''])('with the content type "%s"', async (type) => {
    expect(textIn(await answerTo(answerWith(HELLO + STOP + DONE, type)))).toBe('hello wörld');
  });

  it('with its usage sent as strings', async () => {
    const usage = {
      prompt_tokens: '5',
      completion_tokens: '6',
      prompt_tokens_details: { cached_tokens: '2' },
    };
    expect(await answerTo(HELLO + chatChunk({}, 'stop', { usage }) + DONE)).toMatchObject({
      usage: { input: 5, output: 6, cached: 2 },
    });
  });
});

describe('calls are assembled when', () => {
  const call = (index: unknown, id: unknown, name: unknown, args: unknown) => ({
    ...{ index, id, type: 'function' },
    function: { name, arguments: args },
  });
  const one = '{"n":1}';
  const two = call(1, 'b', 'look', '{"n":2}');
  it.each([
    ['the index is a string', [[call('0', 'a', 'look', one)], [{ ...two, index: '1' }]]],
    ['the arguments are a JSON value', [[call(0, 'a', 'look', { n: 1 })], [two]]],
    ['a later function is null', [[call(0, 'a', 'look', one)], [{ index: 0, function: null }], [two]]],
    ['a later function is missing', [[call(0, 'a', 'look', one)], [{ index: 0 }], [two]]],
    ['the id is a number', [[call(0, 7, 'look', one)], [two]]],
    [
      'the name comes later',
      [
        [call(0, 'a', undefined, '')],
        [call(0, undefined, 'look', undefined)],
        [call(0, undefined, undefined, one)],
        [two],
      ],
    ],
    [
      'an empty object comes first',
      [[call(0, 'a', 'look', '{}')], [call(0, undefined, undefined, one)], [two]],
    ],
    [
      'the whole is repeated at the end',
      [[call(0, 'a', 'look', one)], [call(0, undefined, undefined, one)], [two]],
    ],
    ['all have one index', [[call(0, 'a', 'look', one)], [call(0, 'b', 'look', '{"n":2}')]]],
  ])('when %s', async (_, pieces) => {
    const body =
      pieces.map((tool_calls) => chatChunk({ tool_calls })).join('') + chatChunk({}, 'tool_calls') + DONE;
    expect(await answerTo(body)).toMatchObject({
      kind: 'finished',
      content: [
        { toolName: 'look', input: { n: 1 } },
        { toolName: 'look', input: { n: 2 } },
      ],
    });
  });

  it('the arguments are a JSON value, and keep their digits', async () => {
    const body = chatChunk({ tool_calls: [call(0, 'a', 'look', { n: 'N' })] }, 'tool_calls').replace(
      '"N"',
      '1234567890123456789',
    );
    const result = await answerTo(body + DONE);
    expect(JSON.stringify(result)).toContain('"input":{"n":1234567890123456789}');
  });
});

describe('[B5] an error inside the stream keeps its message', () => {
  const errors: [string, string, object][] = [
    [
      'data: {"error":{"message":"Provider overloaded","code":502}}\n\n',
      'Provider overloaded',
      { cause: 'unavailable' },
    ],
    ['data: {"error":"the runner has stopped"}\n\n', 'the runner has stopped', { cause: 'cut' }],
    ['event: error\ndata: upstream timed out\n\n', 'upstream timed out', { cause: 'cut' }],
    [
      'event: error\ndata: {"message":"the engine is gone","code":503}\n\n',
      'the engine is gone',
      { cause: 'unavailable' },
    ],
    [
      'data: {"object":"error","message":"EngineCore died","code":500}\n\n',
      'EngineCore died',
      { cause: 'unavailable' },
    ],
    ['data: {"detail":"Not authenticated"}\n\n', 'Not authenticated', { cause: 'cut' }],
    [
      chatChunk({}, 'error', { error: { code: 502, message: 'upstream broke' } }),
      'upstream broke',
      { cause: 'unavailable' },
    ],
    [
      'data: {"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":502,"message":"the choice broke"}}]}\n\n',
      'the choice broke',
      { cause: 'unavailable' },
    ],
    ['data: Internal Server Error\n\n', 'Internal Server Error', { cause: 'cut' }],
    [
      'data: {"error":{"message":"the context the overflows, context length of only 4096 tokens"}}\n\n',
      '4096',
      { cause: 'overflow' },
    ],
  ];
  it.each(errors)('%s', async (body, words, expected) => {
    for (const before of ['', chatChunk({ content: 'part ' })]) {
      const result = await answerTo(before + body + DONE);
      expect(result).toMatchObject({
        kind: 'interrupted',
        reason: expect.stringContaining(words),
        ...expected,
      });
      await server.close();
    }
  });
});

describe('[B5] a server that does not know stream_options', () => {
  const refusal = { detail: [{ loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }] };
  const picky: AnswerRequest = (response, body) =>
    (body.includes('"stream_options"')
      ? answerWith(JSON.stringify(refusal), 'application/json', 422)
      : answerWith(HELLO + STOP + DONE))(response, body, response.req);

  it('gets the request again without them, and every later one too', async () => {
    server = await startAnsweringServer(picky);
    const { createModels } = await import('../../src/models/registry.ts');
    const models = createModels({ p: { type: 'openai-compatible', baseUrl: server.url, concurrency: 1 } });
    const model = models.get('p/m');
    expect(textIn(await callServer(server.url, 'openai-compatible', { model }))).toBe('hello wörld');
    expect(textIn(await callServer(server.url, 'openai-compatible', { model }))).toBe('hello wörld');
    expect(server.requests.map(({ body }) => body.includes('stream_options'))).toEqual([true, false, false]);
  });

  it('gets no second request when it refuses for another reason', async () => {
    const result = await answerTo(answerWith('{"error":"no such key"}', 'application/json', 422));
    expect(result).toMatchObject({ cause: 'rejected', reason: expect.stringContaining('no such key') });
    expect(server.requests).toHaveLength(1);
  });
});
