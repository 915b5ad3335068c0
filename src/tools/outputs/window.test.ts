import { expect, it } from 'vitest';
import { truncateOutput } from './window.ts';

it('[F5] leaves short text alone', () => {
  expect(truncateOutput('ä'.repeat(50), 100, '1.1')).toEqual({ text: 'ä'.repeat(50), truncated: false });
});

it('[F5] keeps head and tail, and says how much is left out and how to read it', () => {
  const { text, truncated } = truncateOutput(`HEAD${'.'.repeat(2_000)}TAIL`, 100, '3.2');
  expect(truncated).toBe(true);
  expect(text).toMatch(/^HEAD\.{46}\n/);
  expect(text).toMatch(/\n\.{46}TAIL$/);
  expect(text).toContain('1908 of 2008 bytes left out here');
  expect(text).toContain('read_output {"output":"3.2","offset":50,"limit":128}');
});

it('[F5] never cuts within a character', () => {
  for (const character of ['ä', '€', '😀']) {
    for (let limit = 1; limit < 40; limit++) {
      expect(truncateOutput(character.repeat(30), limit, '1.1').text).not.toContain('\ufffd');
    }
  }
});

it('[F5] offers to read a part that itself fits into the limit', () => {
  const { text } = truncateOutput('x'.repeat(100_000), 16_384, '1.1');
  expect(text).toContain('"offset":8192,"limit":16256}');
});
