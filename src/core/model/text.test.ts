import { describe, expect, it } from 'vitest';
import { isBlank, sliceText, takeHead, takeTail } from './text.ts';

describe('cutting text', () => {
  it('keeps a text that is short enough', () => {
    expect(takeHead('abc', 3)).toBe('abc');
    expect(takeTail('abc', 9)).toBe('abc');
    expect(sliceText('abc', -1, 9)).toBe('abc');
  });

  it('never splits a character', () => {
    const text = 'a😀b';
    expect(takeHead(text, 2)).toBe('a');
    expect(takeHead(text, 3)).toBe('a😀');
    expect(takeTail(text, 2)).toBe('b');
    expect(takeTail(text, 3)).toBe('😀b');
    expect(sliceText(text, 2, 4)).toBe('b');
    expect(sliceText(text, 1, 2)).toBe('');
    for (let from = 0; from <= 4; from += 1) {
      for (let to = from; to <= 4; to += 1) expect(sliceText(text, from, to).isWellFormed()).toBe(true);
    }
  });

  it('keeps lone surrogates that were there before', () => {
    expect(takeHead('\ud83dab', 2)).toBe('\ud83da');
    expect(takeHead('ab\udc00', 2)).toBe('ab');
  });

  it('returns an empty text for an empty range', () => {
    expect(takeHead('abc', 0)).toBe('');
    expect(takeHead('abc', -1)).toBe('');
    expect(sliceText('abc', 2, 1)).toBe('');
  });
});

describe('isBlank', () => {
  it.each(['', ' ', '\n\t', '\u200b', '\u3000', '\ufeff', '\u00ad\u2060', '\u0000'])(
    'is true of %j',
    (text) => {
      expect(isBlank(text)).toBe(true);
    },
  );

  it.each(['a', ' 😀 ', '\u0600', '\u200b.', '\ufffd'])('is false of %j', (text) => {
    expect(isBlank(text)).toBe(false);
  });
});
