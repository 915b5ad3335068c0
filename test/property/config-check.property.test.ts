import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CheckedConfig, checkConfig } from '../../src/config/check/check.ts';
import { listReferencedFiles } from '../../src/config/check/files.ts';
import { type ChangePlan, planChange } from '../../src/config/revisions/plan.ts';
import { ConfigError } from '../../src/errors/config.ts';
import { resolveHome } from '../../src/util/home.ts';

const home = resolveHome('/srv/midturn');

/** A file that uses every part of the schema, so that its mutations come close to the limits. */
const VALID = `{
  // everything
  "listen": "0.0.0.0:7717",
  "auth": { "tokens": ["0123456789abcdef", "\${env:TOKEN}"] },
  "providers": {
    "o": { "type": "openai", "apiKey": "\${env:TOKEN}", "api": "chat", "headers": { "a": "b" }, "concurrency": 2 },
    "s": { "type": "scripted", "scripts": { "x": [{ "text": "hi", "tools": [{ "name": "t", "input": {} }], "delay": "1s" }] } },
  },
  "agents": { "main": { "model": "o/m", "tools": ["shell"], "limits": { "toolOutput": "1kb" } } },
  "tools": { "shell": { "cwd": "~/x", "env": { "A": "b" } }, "files": { "roots": ["/"] }, "http": { "allow": ["h"] } },
  "handover": { "drainCap": "2m" }, /* end */
}`;

const JSON_WORDS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '//',
  '/*',
  '*/',
  'null',
  '-1',
  '1e999',
  '"__proto__"',
  '"constructor"',
  '${env:',
  '${',
  '$${',
  '\uFEFF',
  '\ud800',
  '\0',
  '\n',
];

const env = { TOKEN: 'fedcba9876543210' };
const OTHER = checkConfig(VALID, { home, env });

/** Checks that a text is valid and can be planned, or fails with a ConfigError whose problems have a position. */
function checkSafely(text: string): void {
  listReferencedFiles(text, { home, env });
  try {
    planSafely(checkConfig(text, { home, env }));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { line, column, message } of error.problems) {
      expect(message).not.toBe('');
      expect(column).toBeGreaterThanOrEqual(1);
      expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? -1) + 1);
    }
    expect(error.message.length).toBeLessThan(10_000);
    expect(error.message).not.toContain('fedcba9876543210');
  }
}

/** Plans the change to and from another file: both plans mirror each other, and equal meanings have no changes. */
function planSafely(checked: CheckedConfig): void {
  expect(planChange(checked, checked)).toEqual({ apply: 'none', changes: [] });
  const [there, back] = [planChange(checked, OTHER), planChange(OTHER, checked)];
  const mirrored = { added: 'removed', changed: 'changed', removed: 'added' } as const;
  expect(sides(there)).toEqual(
    sides(back).map(([path, apply, kind, before, after]) => [path, apply, mirrored[kind], after, before]),
  );
  expect(there.changes.length > 0).toBe(checked.fingerprint !== OTHER.fingerprint);
  expect(there.apply).toBe(back.apply);
  expect(JSON.stringify(there)).not.toMatch(/fedcba9876543210|0123456789abcdef/);
}

function sides({ changes }: ChangePlan) {
  return changes
    .map(({ path, apply, kind, before, after }) => [path, apply, kind, before, after] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Replaces a part of the valid file. */
const mutation = fc
  .tuple(fc.nat(VALID.length), fc.nat(20), fc.oneof(fc.constantFrom(...JSON_WORDS), fc.string(), fc.json()))
  .map(([at, drop, insert]) => VALID.slice(0, at) + insert + VALID.slice(at + drop));

/** The parsed valid file with an arbitrary value at an arbitrary position. */
const graft = fc.tuple(fc.nat(60), fc.jsonValue()).map(([target, value]) => {
  const parsed: unknown = JSON.parse(VALID.replaceAll(/\/\/.*|\/\*.*\*\//g, '').replaceAll(/,(\s*})/g, '$1'));
  let count = 0;
  return JSON.stringify(parsed, (_, inner: unknown) => (count++ === target ? value : inner));
});

describe('the boundary', () => {
  it('accepts the file that is mutated here', () => {
    expect(() => checkConfig(VALID, { home, env })).not.toThrow();
  });

  it.each<[string, fc.Arbitrary<string>]>([
    ['any text', fc.string({ unit: 'binary', maxLength: 300 })],
    ['any bytes', fc.uint8Array({ maxLength: 300 }).map((bytes) => new TextDecoder().decode(bytes))],
    [
      'any words of JSON',
      fc.array(fc.constantFrom(...JSON_WORDS), { maxLength: 60 }).map((words) => words.join('')),
    ],
    ['any JSON', fc.json()],
    [
      'any object',
      fc.json().map((json) => `{"agents": ${json}, "providers": {"p": ${json}}, "limits": ${json}}`),
    ],
    ['small changes', mutation],
    ['any value anywhere', graft],
  ])('[E7] answers %s with a ConfigError at worst', (_, texts) => {
    fc.assert(fc.property(texts, checkSafely), { numRuns: 400 });
  });

  it.each([
    ['deep', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`],
    ['many unknown keys', `{${Array.from({ length: 30_000 }, (_, index) => `"key${index}": 1`).join(',')}}`],
    ['one long key', `{"${'k'.repeat(900_000)}": 1}`],
    ['one long value', `{"listen": "${'v'.repeat(900_000)}"}`],
    ['many references', `{"listen": "${`$\{env:X}`.repeat(50_000)}"}`],
    ['many open references', `{"listen": "${'${'.repeat(300_000)}"}`],
    ['many brackets', '['.repeat(900_000)],
    ['many errors', ':'.repeat(300_000)],
  ])('[E7] is not overwhelmed by %s', (_, text) => checkSafely(text), 5000);
});
