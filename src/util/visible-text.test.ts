import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toVisibleJson, toVisibleLine, toVisibleLines, toVisibleText } from './visible-text.ts';

describe('text of others', () => {
  it.each([
    ['plain\n\ttext', 'plain\n\ttext'],
    ['\x1b[31mred\x1b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
    ['\x1b]0;title\x07after', '\\u{1b}]0;title\\u{7}after'],
    ['a\rb\bc\x00d\x9be\x7f', 'a\\u{d}b\\u{8}c\\u{0}d\\u{9b}e\\u{7f}'],
    ['one\r\ntwo', 'one\ntwo'],
    ['rm \u202Etxt.exe\u2066\u2069', 'rm \\u{202e}txt.exe\\u{2066}\\u{2069}'],
    ['a\u200bb\u00adc\ufeffd\u2028e\u2029f', 'a\\u{200b}b\\u{ad}c\\u{feff}d\\u{2028}e\\u{2029}f'],
    ['\u{e0041}\u{e007f}', '\\u{e0041}\\u{e007f}'],
    ['\u3164\u115f\u034f\ufe01', '\\u{3164}\\u{115f}\\u{34f}\\u{fe01}'],
    ['a\ud800b\udc00', 'a\\u{d800}b\\u{dc00}'],
    ['👩‍👩‍👧 ❤️ 1️⃣ é 日本', '👩‍👩‍👧 ❤️ 1️⃣ é 日本'],
    ['a\u200db\ufe0f', 'a\\u{200d}b\\u{fe0f}'],
  ])('shows %j without a hidden character', (text, expected) => {
    expect(toVisibleText(text)).toBe(expected);
  });

  it('has no character left that a terminal does not show, whatever it is', () => {
    const characters = fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)),
    });
    fc.assert(
      fc.property(characters, (text) => {
        expect(toVisibleText(text)).not.toMatch(/[^\P{C}\n\t\p{Co}\p{Cn}]|\u2028|\u2029/u);
        expect(toVisibleLines(text).join('')).not.toMatch(/[^\P{C}]|[^\P{Z} ]/u);
      }),
    );
  });
});

describe('text that is decided about', () => {
  it.each([
    ['a\nb\n', ['a↵', 'b↵', '']],
    ['a\r\nb', ['a\\u{d}↵', 'b']],
    ['a\tb\u00a0c\u3000d\u2800', ['a\\u{9}b\\u{a0}c\\u{3000}d\\u{2800}']],
    [`echo${' '.repeat(5000)}; rm`, ['echo \\u{20}×5000 ; rm']],
    ['\\u{202e} ↵', ['\\u{5c}u{202e} \\u{21b5}']],
  ])('keeps %j apart from every other text', (text, expected) => {
    expect(toVisibleLines(text)).toEqual(expected);
  });

  it('may stand on one line', () => expect(toVisibleLine('a\nrm b')).toBe('a↵ rm b'));
});

describe('JSON', () => {
  it('keeps its meaning and shows what is hidden in it', () => {
    const value = { text: '\u202e\u{e0041}\x9b\x7f\u2028', '👩‍👩‍👧': 1 };
    const json = toVisibleJson(JSON.stringify(value, null, 2));
    expect(json).toContain('\\u202e\\udb40\\udc41\\u009b\\u007f\\u2028');
    expect(JSON.parse(json)).toEqual(value);
  });
});
