import { expect, it } from 'vitest';
import { textOf } from './message.ts';

it('the text of a message excludes reasoning and tool traffic', () => {
  expect(textOf({ role: 'system', content: 'be kind' })).toBe('be kind');
  expect(
    textOf({
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'It is ' },
        { type: 'tool-call', toolCallId: 'a', toolName: 'look', input: {} },
        { type: 'text', text: 'noon.' },
      ],
    }),
  ).toBe('It is noon.');
});
