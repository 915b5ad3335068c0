import { describe, expect, it } from 'vitest';
import { createUserMessage, extractText, type ModelMessage } from '../model/message.ts';
import { buildCompactionPrompt, measureLine } from './prompt.ts';

describe('the prompt of a compaction', () => {
  it('[B8] asks for a summary of all messages, calls and results', () => {
    const [request, ...more] = buildCompactionPrompt(
      [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: [{ type: 'text', text: 'What time is it?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'I must look.' },
            { type: 'text', text: 'I look.' },
            { type: 'tool-call', toolCallId: 'a', toolName: 'clock', input: { zone: 'UTC' } },
          ],
        },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              toolCallId: 'a',
              toolName: 'clock',
              output: { type: 'text', value: 'noon' },
            },
          ],
        },
      ],
      4_000,
    );
    expect(more).toEqual([]);
    expect(request).toEqual({ role: 'user', content: [{ type: 'text', text: expect.any(String) }] });
    const text = JSON.stringify(request);
    for (const line of [
      'system: be kind',
      'user: What time is it?',
      'assistant: I look. [calls clock',
      'tool: [result of clock',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toContain('I must look.');
  });

  it('[B8] shows head and tail of texts that are too long, tool traffic first', () => {
    const call = { type: 'tool-call', toolCallId: 'a', toolName: 'write_file' } as const;
    const piece: ModelMessage[] = [
      createUserMessage(`u${'1'.repeat(1_500)}v`),
      { role: 'assistant', content: [{ ...call, input: `a${'2'.repeat(9_000)}b` }] },
      {
        role: 'tool',
        content: [
          { ...call, type: 'tool-result', output: { type: 'text', value: `c${'3'.repeat(9_000)}d` } },
        ],
      },
      createUserMessage(`e${'4'.repeat(90_000)}f`),
    ];
    const budget = 8_000;
    const prompt = buildCompactionPrompt(piece, budget).map(extractText).join('');
    for (const kept of ['u1', '1v', '"a2', '2b"', ' c3', '3d]', 'e4', '4f']) expect(prompt).toContain(kept);
    expect(prompt).toContain(`user: u${'1'.repeat(1_500)}v\n`);
    expect(prompt).toMatch(/3 \[… 8002 characters left out …\] 3/);
    expect(prompt.length).toBeLessThan(budget);
    expect(
      piece.map((message) => measureLine(message, budget)).every((length) => length <= budget / 4 + 60),
    ).toBe(true);
  });

  it('[F5] keeps the hint how to read the rest of a shortened output', () => {
    const marker =
      '[… 9 of 10 bytes left out here. To read on: read_output {"output":"2.1","offset":5,"limit":9} …]';
    const value = `${'a'.repeat(5_000)}\n\n${marker}\n\n${'b'.repeat(5_000)}`;
    const output = { type: 'text', value } as const;
    const result = { type: 'tool-result', toolCallId: 'a', toolName: 'shell', output } as const;
    const prompt = buildCompactionPrompt([{ role: 'tool', content: [result] }], 8_000)
      .map(extractText)
      .join('');
    expect(prompt).toContain('left out; To read on: read_output {"output":"2.1","offset":5,"limit":9} …]');
  });

  it('[B8] cuts between characters, wherever the budget falls', () => {
    for (const budget of [1_000, 1_004, 1_008, 1_012]) {
      const [prompt] = buildCompactionPrompt([createUserMessage('a😀'.repeat(1_000))], budget);
      expect(extractText(prompt as ModelMessage).isWellFormed()).toBe(true);
    }
  });

  it('asks for a summary that is much shorter than the messages', () => {
    const words = [100, 16_000, 1_000_000].map((budget) =>
      extractText(buildCompactionPrompt([], budget)[0] as ModelMessage),
    );
    expect(words.map((text) => /at most (\d+) words/.exec(text)?.[1])).toEqual(['100', '1000', '2000']);
  });
});
