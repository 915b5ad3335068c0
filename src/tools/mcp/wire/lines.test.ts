import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineSplitter } from './lines.ts';

it('finds the same lines for every division into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll('\n', ''))),
      fc.integer({ min: 1, max: 9 }),
      (texts, size) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const lines = new LineSplitter(1_000);
        const found: string[] = [];
        for (let at = 0; at < bytes.length; at += size)
          found.push(...lines.push(bytes.subarray(at, at + size)));
        expect(found).toEqual(texts);
      },
    ),
  );
});

it('never buffers more than the limit of one line', () => {
  const lines = new LineSplitter(10);
  expect([...lines.push(Buffer.from('1234567890\n12345'))]).toEqual(['1234567890']);
  expect(() => [...lines.push(Buffer.from('678901'))]).toThrow('more than 10 bytes');
});
