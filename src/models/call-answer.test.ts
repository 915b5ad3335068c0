import { describe, expect, it } from 'vitest';
import {
  call,
  contentOf,
  finish,
  type Piece,
  run,
  streaming,
  text,
} from '../../test/support/model-stream.ts';
import { toPrompt } from './prompt/prompt.ts';

describe('a finished answer', () => {
  it('contains its text and usage, and streams the text', async () => {
    const seen: string[] = [];
    const pieces: Piece[] = [
      { type: 'stream-start', warnings: [] },
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'Hel' },
      { type: 'text-delta', id: '0', delta: 'lo' },
      { type: 'text-end', id: '0' },
      finish('stop', 'stop'),
    ];
    const result = await run(streaming(pieces), { onText: (delta) => seen.push(delta) });
    expect(result).toEqual({
      kind: 'finished',
      content: [{ type: 'text', text: 'Hello' }],
      finish: 'stop',
      usage: { input: 12, output: 5, cached: 3 },
    });
    expect(seen).toEqual(['Hel', 'lo']);
  });

  it('keeps parts in the order in which they began, and their provider data', async () => {
    const content = await contentOf([
      { type: 'reasoning-start', id: '0', providerMetadata: { acme: { item: 'rs_1' } } },
      { type: 'text-start', id: '0' },
      { type: 'reasoning-delta', id: '0', delta: 'think' },
      { type: 'reasoning-delta', id: '0', delta: '', providerMetadata: { acme: { signature: 's' } } },
      { type: 'text-delta', id: '0', delta: 'say' },
      { type: 'reasoning-end', id: '0' },
      { type: 'text-end', id: '0' },
      call('a', '{"command":"ls"}', { providerMetadata: { acme: { tag: [1, null] } } }),
      finish('tool-calls', 'tool_use'),
    ]);
    expect(content).toEqual([
      { type: 'reasoning', text: 'think', providerOptions: { acme: { item: 'rs_1', signature: 's' } } },
      { type: 'text', text: 'say' },
      {
        type: 'tool-call',
        toolCallId: 'a',
        toolName: 'shell',
        input: { command: 'ls' },
        providerOptions: { acme: { tag: [1, null] } },
      },
    ]);
    expect(JSON.parse(JSON.stringify(content))).toEqual(content);
  });

  it('keeps the digits of numbers in arguments and sends them back unchanged', async () => {
    const args = '{"id":1234567890123456789,"list":[1.0,-0,1e400]}';
    const content = await contentOf([call('a', args), finish('tool-calls', 'tool_use')]);
    expect(JSON.stringify(content)).toContain(`"input":${args}`);
    const anyone = { model: 'test/model', rules: undefined };
    const [sent] = toPrompt('', [{ role: 'assistant', content }], anyone);
    expect(JSON.stringify(sent)).toContain(`"input":${args}`);
  });

  it('contains no lone surrogates in text or arguments', async () => {
    const content = await contentOf([
      ...text('half \ud83d'),
      call('a', '{"\\ud83d":"\\udc00"}'),
      finish('tool-calls', 'x'),
    ]);
    expect(content).toMatchObject([{ text: 'half \ufffd' }, { input: { '\ufffd': '\ufffd' } }]);
  });

  it('keeps redacted reasoning and drops blank blocks', async () => {
    const redacted = { anthropic: { redactedData: 'xyz' } };
    const content = await contentOf([
      { type: 'reasoning-start', id: '0', providerMetadata: redacted },
      { type: 'reasoning-end', id: '0' },
      { type: 'reasoning-start', id: '1' },
      { type: 'reasoning-end', id: '1' },
      ...text('\n'),
      call('a', ''),
      finish('tool-calls', 'x'),
    ]);
    expect(content).toEqual([
      { type: 'reasoning', text: '', providerOptions: redacted },
      { type: 'tool-call', toolCallId: 'a', toolName: 'shell', input: {} },
    ]);
  });

  it('has a unique id for each call even when the provider repeats ids', async () => {
    const content = await contentOf([
      call('a', '{}'),
      call('a', '{}'),
      call('', '{}'),
      call('', '{}'),
      call('a_2', '{}'),
      finish('tool-calls', 'x'),
    ]);
    expect(content.map((part) => part.type === 'tool-call' && part.toolCallId)).toEqual([
      'a',
      'a_2',
      'call_1',
      'call_2',
      'a_2_2',
    ]);
  });

  it('marks calls whose arguments cannot be used', async () => {
    const content = await contentOf([
      call('cut', '{"command":"rm -r'),
      call('list', '[1]'),
      call('null', 'null'),
      call('none', ' '),
      finish('tool-calls', 'x'),
    ]);
    expect(content).toMatchObject([
      { input: {}, invalid: expect.stringContaining('not valid JSON') },
      { input: {}, invalid: 'the arguments must be a JSON object, not [1]' },
      { input: {}, invalid: 'the arguments must be a JSON object, not null' },
      { input: {} },
    ]);
    expect(content[3]).not.toHaveProperty('invalid');
  });

  it('keeps a call that had only started at the length limit', async () => {
    const content = await contentOf([
      { type: 'tool-input-start', id: 'a', toolName: 'shell' },
      { type: 'tool-input-delta', id: 'a', delta: '{}' },
      call('a', '{}'),
      call('b', ''),
      { type: 'tool-input-start', id: 'c', toolName: 'files' },
      { type: 'tool-input-start', id: 'd', toolName: 'search', providerExecuted: true },
      finish('length', 'max_tokens'),
    ]);
    expect(content).toEqual([
      { type: 'tool-call', toolCallId: 'a', toolName: 'shell', input: {} },
      {
        type: 'tool-call',
        toolCallId: 'b',
        toolName: 'shell',
        input: {},
        invalid: expect.stringContaining('length limit'),
      },
      {
        type: 'tool-call',
        toolCallId: 'c',
        toolName: 'files',
        input: {},
        invalid: expect.stringContaining('length limit'),
      },
    ]);
  });

  it('keeps calls that the provider ran itself, with their last result', async () => {
    const result = { type: 'tool-result', toolCallId: 's', toolName: 'search' } as const;
    const content = await contentOf([
      { ...call('s', '{"q":"x"}', { providerExecuted: true }), toolName: 'search' } as Piece,
      { ...result, result: { hits: 1 }, preliminary: true },
      { ...result, result: { hits: 2 } },
      { ...result, toolCallId: 't', result: { code: 'gone' }, isError: true },
      ...text('done'),
      finish('stop', 'end_turn'),
    ]);
    expect(content).toEqual([
      { type: 'tool-call', toolCallId: 's', toolName: 'search', input: { q: 'x' }, providerExecuted: true },
      { ...result, output: { type: 'json', value: { hits: 2 } } },
      { ...result, toolCallId: 't', output: { type: 'error-text', value: '{"code":"gone"}' } },
      { type: 'text', text: 'done' },
    ]);
  });

  it('stays finished when the connection breaks or hangs after the finish reason', async () => {
    const pieces = [...text('all'), finish('stop', 'end_turn')];
    expect(await run(streaming(pieces, new Error('socket')))).toMatchObject({
      kind: 'finished',
      finish: 'stop',
    });
    expect(await run(streaming(pieces, 'hang'), {}, 20)).toMatchObject({ kind: 'finished', finish: 'stop' });
  });
});
