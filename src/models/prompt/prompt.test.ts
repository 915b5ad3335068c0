import type { LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { AssistantPart, FilePart, ModelMessage, ToolResultPart } from '../../core/model/message.ts';
import { toPrompt } from './prompt.ts';
import { selectPromptRules } from './rules.ts';

const ANYTHING = { model: 'test/model', rules: undefined };

describe('toPrompt', () => {
  it('compiles because stored messages fit the provider interface', () => {
    type Part = Exclude<AssistantPart, FilePart | ToolResultPart>;
    type ProviderPart = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'][number];
    expectTypeOf<Part>().toExtend<ProviderPart>();
  });

  it('begins with the instructions if there are any', () => {
    const hello: ModelMessage = { role: 'user', content: [{ type: 'text', text: 'Hello' }] };
    expect(toPrompt('Be kind.', [hello], ANYTHING)).toEqual([{ role: 'system', content: 'Be kind.' }, hello]);
    expect(toPrompt('', [hello], ANYTHING)).toEqual([hello]);
  });

  it('omits what providers refuse in a history', () => {
    const history: ModelMessage[] = [
      { role: 'assistant', content: [] },
      {
        role: 'assistant',
        content: [
          { type: 'tool-call', toolCallId: 'a', toolName: 'functions.shell', input: {}, invalid: 'cut off' },
          { type: 'tool-call', toolCallId: 'b', toolName: '', input: {} },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'a',
            toolName: 'functions.shell',
            output: { type: 'text', value: 'x' },
          },
          { type: 'tool-result', toolCallId: 'b', toolName: '', output: { type: 'text', value: 'y' } },
        ],
      },
      { role: 'system', content: 'A note.' },
    ];
    expect(toPrompt('', history, ANYTHING)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'tool-call', toolCallId: 'a', toolName: 'functions_shell', input: {} },
          { type: 'tool-call', toolCallId: 'b', toolName: 'unnamed', input: {} },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'a',
            toolName: 'functions_shell',
            output: { type: 'text', value: 'x' },
          },
          { type: 'tool-result', toolCallId: 'b', toolName: 'unnamed', output: { type: 'text', value: 'y' } },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'A note.' }] },
    ]);
  });
});

const compatible = { model: 'p/m', rules: selectPromptRules({ type: 'openai-compatible' }, 'm') };
const anthropic = { model: 'p/m', rules: selectPromptRules({ type: 'anthropic' }, 'm') };

function user(text: string): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text }] };
}

function answer(...content: AssistantPart[]): ModelMessage {
  return { role: 'assistant', content };
}

function called(toolCallId: string): ModelMessage {
  return answer({ type: 'tool-call', toolCallId, toolName: 'shell', input: {} });
}

function result(toolCallId: string, value = 'done'): ModelMessage {
  return {
    role: 'tool',
    content: [{ type: 'tool-result', toolCallId, toolName: 'shell', output: { type: 'text', value } }],
  };
}

function callIds(prompt: LanguageModelV4Prompt): string[] {
  return prompt.flatMap(({ content }) =>
    typeof content === 'string'
      ? []
      : content.flatMap((part) => ('toolCallId' in part ? [part.toolCallId] : [])),
  );
}

describe('ids of calls', () => {
  it('are kept if the provider accepts them', () => {
    expect(callIds(toPrompt('', [user('x'), called('toolu_1'), result('toolu_1')], anthropic))).toEqual([
      'toolu_1',
      'toolu_1',
    ]);
  });

  it('are replaced consistently in call and result if it does not', () => {
    const history = [user('x'), called('functions.shell:0'), result('functions.shell:0')];
    for (const to of [compatible, anthropic]) {
      const [first, second] = callIds(toPrompt('', history, to));
      expect(first).toMatch(/^[A-Za-z0-9]{9,24}$/);
      expect(second).toBe(first);
    }
  });

  it('are unique for each call of a history', () => {
    const history = [user('x'), called('call_1'), result('call_1'), called('call_1'), result('call_1')];
    expect(new Set(callIds(toPrompt('', history, anthropic))).size).toBe(2);
  });

  it('stay the same as the history grows, so that provider caches keep working', () => {
    const history = [user('x'), called('a b'), result('a b')];
    const before = toPrompt('', history, compatible);
    const after = toPrompt('', [...history, called('a b'), result('a b')], compatible);
    expect(after.slice(0, 3)).toEqual(before);
  });
});

describe('an answer in the history', () => {
  const thought: AssistantPart = {
    type: 'reasoning',
    text: 'Hm.',
    providerOptions: { anthropic: { signature: 'signed' } },
  };

  it('is omitted when it consists of reasoning alone', () => {
    expect(toPrompt('', [user('x'), answer(thought), user('y')], anthropic)).toEqual([user('x\n\ny')]);
  });

  it('is sent with its signature to the model that wrote it, and without its reasoning to another', () => {
    const said: ModelMessage = {
      role: 'assistant',
      content: [thought, { type: 'text', text: 'Yes.' }],
      model: 'p/m',
    };
    const history = [user('x'), said, user('y')];
    expect(toPrompt('', history, anthropic)[1]).toEqual({ role: 'assistant', content: said.content });
    const other = { ...anthropic, model: 'q/m' };
    expect(toPrompt('', history, other)[1]).toEqual(answer({ type: 'text', text: 'Yes.' }));
  });
});

describe('roles', () => {
  it('alternate if a chat template requires it, also after tool results', () => {
    const history = [user('x'), user('y'), called('a'), result('a'), user('z')];
    const prompt = toPrompt('', history, compatible);
    expect(prompt.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user']);
    expect(prompt[0]).toEqual(user('x\n\ny'));
  });

  it('begin and end with the user', () => {
    const said = answer({ type: 'text', text: 'Hello.' });
    expect(toPrompt('', [said], anthropic).map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  });
});

describe('text', () => {
  it('is well formed and never blank', () => {
    const history = [user(' '), called('a'), result('a', 'half \ud83d')];
    const [first, , last] = toPrompt('\u200b', history, anthropic);
    expect(first).toEqual(user('(The message was empty.)'));
    expect(last).toEqual(result('a', 'half \ufffd'));
  });
});
