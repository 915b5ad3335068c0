import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Paint } from '../style.ts';
import { MarkdownStream } from './prose.ts';

const tag: Paint = (style, text) => `<${style[0]}>${text}</${style[0]}>`;
const none: Paint = (_style, text) => text;

function draw(text: string, { columns = 80, paint = none, size = 3 } = {}): string {
  const prose = new MarkdownStream({ columns: () => columns, paint });
  let out = '';
  for (let at = 0; at < text.length; at += size) out += prose.write(text.slice(at, at + size));
  return out + prose.endStream();
}

describe('an answer on a terminal', () => {
  it.each([
    ['plain words', 'plain words'],
    ['**bold** and *italic* and `code`', '<b>bold</b> and <i>italic</i> and <c>code</c>'],
    ['***both***', '<i><b>both</b></i>'],
    ['**two words**', '<b>two</b> <b>words</b>'],
    ['`git commit -m "x * y"`', '<c>git</c> <c>commit</c> <c>-m</c> <c>"x</c> <c>*</c> <c>y"</c>'],
    ['2 * 3 * 4, snake_case_name, 5*6', '2 * 3 * 4, snake_case_name, 5*6'],
    ['# A heading\ntext', '<b>A</b> <b>heading</b>\ntext'],
    ['- one\n* two\n  - three\n12. four', '• one\n• two\n  • three\n12. four'],
    ['> said', '<d>│ </d>said'],
    ['a\n\n---\nb', `a\n\n<d>${'─'.repeat(60)}</d>\nb`],
    [
      '```ts\nconst a = 1 * 2 * 3;\n\n  b\n```\nafter',
      '<d>ts</d>\n<c>const a = 1 * 2 * 3;</c>\n\n<c>  b</c>\nafter',
    ],
    ['| a | b |\n|---|---|', '<c>| a | b |</c>\n<c>|---|---|</c>'],
    ['**not closed\n\nnext', '<b>not</b> <b>closed</b>\n\nnext'],
    ['a  b   \nc', 'a  b\nc'],
  ])('%j is drawn', (text, drawn) => {
    const whole = draw(text, { paint: tag, size: text.length }).replaceAll('</c><c>', '');
    expect(whole).toBe(drawn);
  });

  it('is drawn the same however it comes in pieces', () => {
    const word = fc.constantFrom(
      'word',
      '**',
      '*',
      '`',
      '```',
      '\n',
      '\n\n',
      ' ',
      '- ',
      '# ',
      '> ',
      '1. ',
      '|',
      '_',
      '~~~',
      'a_b',
      '日本',
      '---',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (words, size) => {
        const text = words.join('');
        expect(draw(text, { size, columns: 20 })).toBe(draw(text, { size: text.length || 1, columns: 20 }));
      }),
    );
  });

  it('loses no letter and wraps no row of words that fits', () => {
    const text = fc.lorem({ maxCount: 60 });
    fc.assert(
      fc.property(text, fc.integer({ min: 15, max: 80 }), (words, columns) => {
        const rows = draw(words, { columns }).split('\n');
        expect(rows.every((row) => row.length <= columns)).toBe(true);
        expect(rows.join(' ')).toBe(words);
      }),
    );
  });

  it('wraps items and quotes below their text', () => {
    expect(draw('- one two three', { columns: 10 })).toBe('• one two\n  three');
    expect(draw('> one two three', { columns: 10 })).toBe('│ one two\n│ three');
  });

  it('keeps back only the word that is not complete', () => {
    const prose = new MarkdownStream({ columns: () => 80, paint: none });
    expect(prose.write('Hello, wor')).toBe('Hello,');
    expect(prose.hasPending).toBe(true);
    expect(prose.write('ld and')).toBe(' world');
    expect(prose.endStream()).toBe(' and');
    expect(prose.hasPending).toBe(false);
  });
});
