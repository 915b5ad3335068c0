import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { TypedInput } from './typed-input.ts';

/** What readline gets of these chunks. */
function read(...chunks: (string | Buffer)[]): string {
  const terminal = new PassThrough();
  const input = new TypedInput(terminal);
  for (const chunk of chunks) input.write(chunk);
  return String(input.read() ?? '');
}

describe('what a terminal sends', () => {
  it('passes as it is when it is typed', () => {
    expect(read('hi\r', '\x1b[A', '\x03')).toBe('hi\r\x1b[A\x03');
  });

  it('keeps pasted line breaks in one message', () => {
    expect(read('say: \x1b[200~one\r\ntwo\rthree\nfour\x1b[201~!\r')).toBe('say: one⏎two⏎three⏎four!\r');
  });

  it('drops control characters and escape sequences from pasted text', () => {
    expect(read('\x1b[200~a\x03b\x1b[2Jc\td\x1b[201~')).toBe('ab[2Jc    d');
  });

  it('takes Alt-Enter and Ctrl-J for a line break', () => {
    expect(read('one\x1b\rtwo\nthree\r')).toBe('one⏎two⏎three\r');
  });

  it('is the same wherever the chunks are cut, characters included', () => {
    const whole = Buffer.from('a\x1b[200~ü\r\n日\x1b[201~b\r');
    for (let at = 1; at < whole.length; at += 1) {
      expect(read(whole.subarray(0, at), whole.subarray(at))).toBe('aü⏎日b\r');
    }
  });
});
