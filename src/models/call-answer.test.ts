import { describe, expect, it } from 'vitest';
import {
  callPart,
  contentOf,
  finishPart,
  type Piece,
  runModel,
  streamingModel,
  textParts,
} from '../../test/support/model-stream.ts';
import type { AnswerPart } from './port/model.ts';
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
      finishPart('stop', 'stop'),
    ];
    const result = await runModel(streamingModel(pieces), { onPart: ({ text }) => seen.push(text) });
    expect(result).toEqual({
      kind: 'finished',
      content: [{ type: 'text', text: 'Hello' }],
      finish: 'stop',
      usage: { input: 12, output: 5, cached: 3, cacheWrite: 0, reasoning: 0 },
    });
    expect(seen).toEqual(['Hel', 'lo']);
  });

  it('streams reasoning, text and the arguments of calls as they arrive', async () => {
    const seen: AnswerPart[] = [];
    const pieces: Piece[] = [
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
      { type: 'tool-input-start', id: 'p', toolName: 'search', providerExecuted: true },
      { type: 'tool-input-delta', id: 'p', delta: '{}' },
      callPart('whole', '{}'),
      { type: 'tool-input-start', id: 'b', toolName: 'shell' },
      { type: 'tool-input-delta', id: 'b', delta: '{"command"' },
      { type: 'tool-input-delta', id: 'b', delta: ':"ls"}' },
      callPart('b', '{"command":"ls"}'),
      finishPart('tool-calls', 'tool_use'),
    ];
    await runModel(streamingModel(pieces), { onPart: (part) => seen.push(part) });
    expect(seen).toEqual([
      { kind: 'reasoning', text: 'Hm.' },
      { kind: 'tool_input', position: 2, tool: 'shell', text: '{"command"' },
      { kind: 'tool_input', position: 2, tool: 'shell', text: ':"ls"}' },
    ]);
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
      callPart('a', '{"command":"ls"}', { providerMetadata: { acme: { tag: [1, null] } } }),
      finishPart('tool-calls', 'tool_use'),
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
    const content = await contentOf([callPart('a', args), finishPart('tool-calls', 'tool_use')]);
    expect(JSON.stringify(content)).toContain(`"input":${args}`);
    const anyone = { model: 'test/model', rules: undefined };
    const [sent] = toPrompt('', [{ role: 'assistant', content }], anyone);
    expect(JSON.stringify(sent)).toContain(`"input":${args}`);
  });

  it('contains no lone surrogates in text or arguments', async () => {
    const content = await contentOf([
      ...textParts('half \ud83d'),
      callPart('a', '{"\\ud83d":"\\udc00"}'),
      finishPart('tool-calls', 'x'),
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
      ...textParts('\n'),
      callPart('a', ''),
      finishPart('tool-calls', 'x'),
    ]);
    expect(content).toEqual([
      { type: 'reasoning', text: '', providerOptions: redacted },
      { type: 'tool-call', toolCallId: 'a', toolName: 'shell', input: {} },
    ]);
  });

  it('has a unique id for each call even when the provider repeats ids', async () => {
    const content = await contentOf([
      callPart('a', '{}'),
      callPart('a', '{}'),
      callPart('', '{}'),
      callPart('', '{}'),
      callPart('a_2', '{}'),
      finishPart('tool-calls', 'x'),
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
      callPart('cut', '{"command":"rm -r'),
      callPart('list', '[1]'),
      callPart('null', 'null'),
      callPart('none', ' '),
      finishPart('tool-calls', 'x'),
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
      callPart('a', '{}'),
      callPart('b', ''),
      { type: 'tool-input-start', id: 'c', toolName: 'files' },
      { type: 'tool-input-start', id: 'd', toolName: 'search', providerExecuted: true },
      finishPart('length', 'max_tokens'),
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
      { ...callPart('s', '{"q":"x"}', { providerExecuted: true }), toolName: 'search' } as Piece,
      { ...result, result: { hits: 1 }, preliminary: true },
      { ...result, result: { hits: 2 } },
      { ...result, toolCallId: 't', result: { code: 'gone' }, isError: true },
      ...textParts('done'),
      finishPart('stop', 'end_turn'),
    ]);
    expect(content).toEqual([
      { type: 'tool-call', toolCallId: 's', toolName: 'search', input: { q: 'x' }, providerExecuted: true },
      { ...result, output: { type: 'json', value: { hits: 2 } } },
      { ...result, toolCallId: 't', output: { type: 'error-text', value: '{"code":"gone"}' } },
      { type: 'text', text: 'done' },
    ]);
  });

  it('stays finished when the connection breaks or hangs after the finish reason', async () => {
    const pieces = [...textParts('all'), finishPart('stop', 'end_turn')];
    expect(await runModel(streamingModel(pieces, new Error('socket')))).toMatchObject({
      kind: 'finished',
      finish: 'stop',
    });
    expect(await runModel(streamingModel(pieces, 'hang'), {}, 20)).toMatchObject({
      kind: 'finished',
      finish: 'stop',
    });
  });
});
