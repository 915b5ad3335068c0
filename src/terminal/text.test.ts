import { describe, expect, it } from 'vitest';
import { measureWidth, shortenText, shortenWithCount, toOneLine, wrapRows } from './text.ts';

describe('text for a terminal', () => {
  it.each([
    ['abc', 3],
    ['héllo', 5],
    ['e\u0301', 1],
    ['日本', 4],
    ['👩‍👩‍👧', 2],
    ['', 0],
  ])('knows the width of %j', (text, width) => expect(measureWidth(text)).toBe(width));

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
  ])('shortens %j to %i columns', (text, columns, expected) => {
    expect(shortenText(text, columns)).toBe(expected);
    expect(measureWidth(shortenText(text, columns))).toBeLessThanOrEqual(columns);
  });

  it('says how much it hides where that matters', () => {
    expect(shortenWithCount('abcdef', 6)).toBe('abcdef');
    expect(shortenWithCount(`echo ${'a'.repeat(100)}; rm -rf x`, 20)).toBe('echo aaaaaaaa … +102');
  });

  it.each([
    ['', 4, ['']],
    ['abcdefgh', 4, ['abcd', 'efgh']],
    ['日本語', 4, ['日本', '語']],
    ['日', 1, ['日']],
  ])('wraps %j into rows of %i columns, all of it', (text, columns, expected) => {
    expect(wrapRows(text, columns)).toEqual(expected);
  });

  it('spells out what is hidden on one line', () => {
    expect(toOneLine('a\u202e\x1b[2J\nb', 40)).toBe('a\\u{202e}\\u{1b}[2J b');
  });

  it('puts text on one line', () => expect(toOneLine(' a\n\n b\tc ', 10)).toBe('a b c'));
});
