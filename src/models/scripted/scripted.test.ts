import { describe, expect, it } from 'vitest';
import type { ModelMessage } from '../../core/model/message.ts';
import { UnknownModelError } from '../../errors/models.ts';
import { callModel } from '../call.ts';
import type { Script } from '../providers/script.ts';
import { createScriptedModel } from './scripted.ts';

const demo: Script = [
  { text: 'Let me look.', tools: [{ name: 'shell', input: { command: 'ls' } }] },
  { text: 'It says {result}, as you asked: {input} ($& {input})' },
];

const user = (text: string): ModelMessage => ({ role: 'user', content: [{ type: 'text', text }] });
const assistant: ModelMessage = { role: 'assistant', content: [{ type: 'text', text: '…' }] };
const result = (
  output: Extract<ModelMessage, { role: 'tool' }>['content'][number]['output'],
): ModelMessage => ({
  role: 'tool',
  content: [{ type: 'tool-result', toolCallId: 'a', toolName: 'shell', output }],
});

function play(
  script: Script,
  history: ModelMessage[],
  signal = new AbortController().signal,
  seen: string[] = [],
) {
  const model = createScriptedModel('scripted', 'demo', { demo: script });
  return callModel({
    model,
    instructions: 'Be kind.',
    history,
    tools: [],
    signal,
    onPart: ({ text }) => seen.push(text),
  });
}

describe('the scripted model', () => {
  it('plays the step that the history selects, repeatedly', async () => {
    const first = await play(demo, [user('Hi')]);
    expect(first).toMatchObject({
      kind: 'finished',
      finish: 'tool-calls',
      content: [
        { type: 'text', text: 'Let me look.' },
        { type: 'tool-call', toolCallId: 'call_1_1', toolName: 'shell', input: { command: 'ls' } },
      ],
    });
    expect(await play(demo, [user('Hi')])).toEqual(first);
    const third = await play(demo, [
      user('Hi'),
      assistant,
      result({ type: 'text', value: 'x' }),
      assistant,
      user('And?'),
    ]);
    expect(third).toMatchObject({ content: [{ text: 'Let me look.' }, { toolCallId: 'call_3_1' }] });
  });

  it.each([
    [{ type: 'text', value: '$1 a.txt' } as const, '$1 a.txt'],
    [{ type: 'json', value: { n: 1 } } as const, '{"n":1}'],
    [{ type: 'error-text', value: 'failed' } as const, 'failed'],
    [{ type: 'execution-denied' } as const, 'denied'],
  ])('fills in what was said and what %j was', async (output, words) => {
    const answer = await play(demo, [user('Look {result}'), assistant, result(output)]);
    expect(answer).toMatchObject({
      finish: 'stop',
      content: [{ text: `It says ${words}, as you asked: Look {result} ($& Look {result})` }],
    });
  });

  it('streams word by word', async () => {
    const seen: string[] = [];
    const answer = await play([{ text: 'one two  three' }], [user('Hi')], undefined, seen);
    expect(seen).toEqual(['one ', 'two ', ' ', 'three']);
    expect(answer).toMatchObject({ usage: { output: 4 } });
  });

  it('introduces itself when no provider is configured', async () => {
    const model = createScriptedModel('scripted', 'echo');
    const { signal } = new AbortController();
    const answer = await callModel({
      model,
      instructions: '',
      history: [user('Hi')],
      tools: [],
      signal,
      onPart() {},
    });
    expect(answer).toMatchObject({
      content: [{ text: expect.stringMatching(/^I am the scripted model .* You said: Hi$/) }],
    });
  });

  it('names the known scripts in an error', () => {
    expect(() => createScriptedModel('scripted', 'toString', { demo })).toThrow(UnknownModelError);
    expect(() => createScriptedModel('scripted', 'x', { demo })).toThrow(
      /Known: scripted\/echo, scripted\/demo/,
    );
  });

  it('waits for the configured delays and stops at once', async () => {
    const seen: string[] = [];
    const slow = await play([{ text: 'a b', delay: 2, tokenDelay: 2 }], [user('Hi')], undefined, seen);
    expect([slow.kind, seen]).toEqual(['finished', ['a ', 'b']]);
    const controller = new AbortController();
    const stopping = play([{ text: 'a', delay: 3_600_000 }], [user('Hi')], controller.signal);
    controller.abort('shutdown');
    expect(await stopping).toMatchObject({ kind: 'interrupted', cause: 'shutdown' });
  });
});
