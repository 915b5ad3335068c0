import { expect, it } from 'vitest';
import { extractText } from './message.ts';

it('the text of a message excludes reasoning and tool traffic', () => {
  expect(extractText({ role: 'system', content: 'be kind' })).toBe('be kind');
  expect(
    extractText({
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
