import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts';

describe('units', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['0ms', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    ['512b', 512],
    ['64kb', 65_536],
    ['64KB', 65_536],
    ['10mb', 10_485_760],
    ['1gb', 1_073_741_824],
  ])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['', '30', 's', '-1s', '1 s', '1e3s', '1S', '٣s', '30sec', '1m30s', '999999999999d'])(
    '%j is not a duration',
    (text) => expect(parseDuration(text)).toBeUndefined(),
  );

  it.each(['', '64', 'kb', '-1kb', '1 kb', '1kib', '64k'])('%j is not a size', (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );

  it('what is formatted is read back', () => {
    fc.assert(
      fc.property(fc.nat(), (value) => {
        expect(parseDuration(formatDuration(value))).toBe(value);
        expect(parseSize(formatSize(value))).toBe(value);
      }),
    );
  });
});
