import { describe, expect, it } from 'vitest';
import { harmless, oneLine, shorten, widthOf } from './text.ts';

describe('text for a terminal', () => {
  it.each([
    ['plain\n\ttext', 'plain\n\ttext'],
    ['\x1b[31mred\x1b[0m', 'red'],
    ['\x1b]0;title\x07after', 'after'],
    ['\x1b]8;;http://x\x07link\x1b]8;;\x07', 'link'],
    ['a\rb\bc\x00d\x9be', 'abcde'],
    ['half an escape \x1b', 'half an escape '],
  ])('makes %j harmless', (text, expected) => expect(harmless(text)).toBe(expected));

  it.each([
    ['abc', 3],
    ['héllo', 5],
    ['e\u0301', 1],
    ['日本', 4],
    ['👩‍👩‍👧', 2],
    ['', 0],
  ])('knows the width of %j', (text, width) => expect(widthOf(text)).toBe(width));

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
  ])('shortens %j to %i columns', (text, columns, expected) => {
    expect(shorten(text, columns)).toBe(expected);
    expect(widthOf(shorten(text, columns))).toBeLessThanOrEqual(columns);
  });

  it('puts text on one line', () => expect(oneLine(' a\n\n b\tc ', 10)).toBe('a b c'));
});
