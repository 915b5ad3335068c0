import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMask, createSeal, hasSealedSecret } from './mask.ts';

const LONG = 'CANshe-a1b2c3d4e5';

describe('[K4] a mask', () => {
  it('leaves a short secret alone, and hides a longer one only where it is a word', () => {
    const text = 'abc123 xabc123 abc1234 a 1234 12345 (abc123)';
    expect(createMask(['a', '1234', '12345', 'abc123'])(text)).toBe(
      '[redacted] xabc123 abc1234 a 1234 12345 ([redacted])',
    );
  });

  it('knows a word after an escape of JSON, a URL or a terminal', () => {
    const mask = createMask(['abc123']);
    const texts = [
      JSON.stringify('x\nabc123\ty'),
      'a%20abc123%20b',
      '\u001b[31mabc123\u001b[0m',
      'k=abc123&b',
    ];
    for (const text of texts) expect(mask(text)).not.toContain('abc123');
  });

  it('hides a long secret wherever it stands, in the usual spellings', () => {
    const secret = 'a"b/c d\\é+long';
    const bytes = Buffer.from(secret);
    const texts = [
      `x${secret}x`,
      JSON.stringify({ a: secret }),
      JSON.stringify(JSON.stringify({ a: secret })),
      `?q=${encodeURIComponent(secret)}`,
      new URLSearchParams({ q: secret }).toString().slice(2),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      ...['', 'x', 'xy'].map((before) => Buffer.from(`${before}${secret}\n`).toString('base64')),
      ...['', 'x', 'xy'].map((before) => Buffer.from(`${before}${secret}`).toString('base64url')),
    ];
    for (const text of texts) expect(createMask([secret])(text), text).toContain('[redacted]');
  });

  it('leaves nothing of a secret in any text around it', () => {
    const part = fc.stringMatching(/^[ -~]{0,20}$/);
    fc.assert(
      fc.property(part, part, fc.stringMatching(/^[!-~]{12,40}$/), (before, after, secret) => {
        expect(createMask([secret])(`${before}${secret}${after}`).includes(secret)).toBe(
          `${before}[redacted]${after}`.includes(secret),
        );
      }),
    );
  });
});

describe('[K4] a seal', () => {
  const seal = createSeal([LONG, 'abc123', '1234'], 'key of the store');

  it('puts names in the place of secrets and gives them back', () => {
    const text = `curl -H ${LONG} abc123 1234`;
    const closed = seal.close(text);
    expect(closed).toMatch(/^curl -H \[secret [\w-]{16}\] \[secret [\w-]{16}\] 1234$/);
    expect(seal.open(closed)).toBe(text);
  });

  it('does not open the name that another store, or a guess, gave', () => {
    const closed = createSeal([LONG], 'another key').close(LONG);
    expect(seal.open(closed)).toBe(closed);
    expect(hasSealedSecret(seal.open(closed))).toBe(true);
    expect(hasSealedSecret('[secret something]')).toBe(false);
  });
});
