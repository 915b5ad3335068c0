import type { LanguageModelV4Message } from '@ai-sdk/provider';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Message } from '../core/message.ts';
import { toPrompt } from './history.ts';

describe('toPrompt', () => {
  it('is possible because stored messages fit the provider interface', () => {
    expectTypeOf<Message>().toExtend<LanguageModelV4Message>();
  });

  it('begins with the instructions, where there are any', () => {
    const hello: Message = { role: 'user', content: [{ type: 'text', text: 'Hello' }] };
    expect(toPrompt('Be kind.', [hello])).toEqual([{ role: 'system', content: 'Be kind.' }, hello]);
    expect(toPrompt('', [hello])).toEqual([hello]);
  });

  it('leaves out what providers refuse in a history', () => {
    const history: Message[] = [
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
    expect(toPrompt('', history)).toEqual([
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
