import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KEY, type Mocks, openMocks, results, stored, user, wires } from './models-wires.ts';

let mocks: Mocks;

beforeAll(async () => {
  mocks = await openMocks();
  const { mock } = mocks;
  const usage = {
    ...{ prompt_tokens: 11, completion_tokens: 7 },
    ...{ input_tokens: 11, output_tokens: 7 },
    ...{ promptTokenCount: 11, candidatesTokenCount: 7 },
  };
  mock.onMessage('story', { content: 'Once upon a time.', usage });
  mock.onMessage('think', {
    content: 'Yes.',
    reasoning: 'Let me think.',
    reasoningSignature: 'signed-by-the-model',
  });
  mock.on({ userMessage: 'cities', hasToolResult: true }, { content: 'Warm and cold.' });
  mock.on(
    { userMessage: 'cities' },
    {
      content: 'Let me see.',
      toolCalls: [
        { id: 'call_a', name: 'weather', arguments: { city: 'Rome' } },
        { id: 'call_b', name: 'weather', arguments: { city: 'Oslo' } },
      ],
    },
  );
});
afterEach(() => {
  mocks.proxy.fault = {};
  mocks.proxy.requests.length = 0;
});
afterAll(() => mocks.close());

describe.each(wires)('$name', (wire) => {
  it('streams an answer and records its usage', async () => {
    const seen: string[] = [];
    const result = await mocks.call(wire, [user('A story')], { onPart: ({ text }) => seen.push(text) });
    expect(result).toMatchObject({ kind: 'finished', finish: 'stop', usage: { input: 11, output: 7 } });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.join('')).toBe('Once upon a time.');
    const [request] = mocks.proxy.requests;
    expect(request?.body).toContain('Be kind.');
    expect(Object.values(request?.headers ?? {}).some((value) => String(value).endsWith(KEY))).toBe(true);
  });

  it('accepts parallel tool calls and sends their results back', async () => {
    const asked = user('Which cities?');
    const first = await mocks.call(wire, [asked]);
    const calls = stored(first).content;
    expect(calls).toMatchObject([
      ...(wire.name === 'responses' ? [{ type: 'reasoning' }] : []),
      { type: 'text', text: 'Let me see.' },
      { type: 'tool-call', toolCallId: 'call_a', toolName: 'weather', input: { city: 'Rome' } },
      { type: 'tool-call', toolCallId: 'call_b', toolName: 'weather', input: { city: 'Oslo' } },
    ]);
    const given = results(['call_a', { degrees: 31415 }], ['call_b', { degrees: -27182 }]);
    const second = await mocks.call(wire, [asked, stored(first), given]);
    expect(stored(second).content).toContainEqual(
      expect.objectContaining({ type: 'text', text: 'Warm and cold.' }),
    );
    const sent = mocks.proxy.requests[1]?.body ?? '';
    for (const value of ['31415', '-27182']) expect(sent.split(value)).toHaveLength(2);
    // Gemini 2 matches calls and results by name and order.
    if (wire.name === 'google') return;
    // Some servers behind this protocol require ids of nine letters and digits.
    const ids =
      wire.name === 'compatible'
        ? (sent.match(/(?<="id":")[A-Za-z0-9]{9}(?=")/g) ?? [])
        : ['call_a', 'call_b'];
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(sent.split(`"${id}"`)).toHaveLength(3);
  });

  it('accepts the results of calls that were refused, failed or denied', async () => {
    const call = { type: 'tool-call' as const, toolName: 'weather', input: {} };
    const result = { type: 'tool-result' as const, toolName: 'weather' };
    const answer = await mocks.call(wire, [
      user('Which cities?'),
      {
        role: 'assistant',
        content: [
          { ...call, toolCallId: 'x', invalid: 'cut off' },
          { ...call, toolCallId: 'y' },
        ],
      },
      {
        role: 'tool',
        content: [
          { ...result, toolCallId: 'x', output: { type: 'error-text', value: 'not run' } },
          { ...result, toolCallId: 'y', output: { type: 'execution-denied', reason: 'not allowed' } },
        ],
      },
    ]);
    expect(answer).toMatchObject({ kind: 'finished' });
    const sent = mocks.proxy.requests[0]?.body;
    expect(sent).toContain('not run');
    expect(sent).toContain('not allowed');
    expect(sent).not.toContain('"invalid"');
  });
});

describe('reasoning survives the journal', () => {
  const wireOf = (name: string) => wires.find((wire) => wire.name === name) ?? expect.fail(name);

  async function secondRequest(name: string): Promise<string> {
    const first = await mocks.call(wireOf(name), [user('think')]);
    await mocks.call(wireOf(name), [user('think'), stored(first), user('think again')]);
    return mocks.proxy.requests[1]?.body ?? '';
  }

  it('anthropic: with its signature', async () => {
    expect(JSON.parse(await secondRequest('anthropic'))).toMatchObject({
      messages: [
        {},
        {
          content: [
            { type: 'thinking', thinking: 'Let me think.', signature: 'signed-by-the-model' },
            { type: 'text', text: 'Yes.' },
          ],
        },
        {},
      ],
    });
  });

  it('openai: encrypted, without relying on what OpenAI stores', async () => {
    const sent = JSON.parse(await secondRequest('responses'));
    expect(sent).toMatchObject({ store: false, include: ['reasoning.encrypted_content'] });
    expect(sent.input).toContainEqual(
      expect.objectContaining({
        type: 'reasoning',
        encrypted_content: expect.any(String),
        summary: [{ type: 'summary_text', text: 'Let me think.' }],
      }),
    );
    expect(JSON.stringify(sent)).not.toContain('item_reference');
  });

  it('google: the signature of a call', async () => {
    const google = wireOf('google');
    mocks.proxy.fault = {
      rewrite: (body) => body.replaceAll('{"functionCall"', '{"thoughtSignature":"c2lnbmVk","functionCall"'),
    };
    const first = await mocks.call(google, [user('Which cities?')]);
    mocks.proxy.fault = {};
    const given = results(['call_a', 31], ['call_b', -4]);
    await mocks.call(google, [user('Which cities?'), stored(first), given]);
    expect(mocks.proxy.requests[1]?.body).toContain('"thoughtSignature":"c2lnbmVk"');
  });
});
