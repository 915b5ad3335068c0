import { describe, expect, it } from 'vitest';
import { ConfigError, ConfigPathError } from '../../errors/config.ts';
import { applyMergePatch, setValueAt } from '../revisions/edit.ts';

const ref = (name: string) => `$\{env:${name}}`;

const FILE = `// Tern's daemon
{
  "$schema": "./midturn.schema.json",
  /* where models come from */
  "providers": {
    "o": { "type": "openai", "apiKey": "${ref('KEY')}" }, // paid by the team
  },
  "agents": {
    "main": {
      "model": "o/small", // cheap
      // "maxOutputTokens": 100,
      "tools": ["shell", /* careful */ "read_file"]
    }
  },
  // room for more
  "limits": { "turns": 3, "message": "1mb" },
}
// the end
`;

/** Each line of FILE with what becomes of it. */
function changed(lines: Record<string, string | null>): string {
  return Object.entries(lines).reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return to === null
      ? text.replace(new RegExp(`^.*${literally(from)}.*\n`, 'm'), '')
      : text.replace(from, () => to);
  }, FILE);
}

const literally = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

describe('[E11] a patch on the text', () => {
  it('that changes nothing leaves every byte', () => {
    for (const patch of [
      {},
      { limits: { turns: 3 } },
      { nothing: null },
      { agents: { main: { model: 'o/small' } } },
    ]) {
      expect(applyMergePatch(FILE, patch)).toBe(FILE);
    }
  });

  it('changes values where they are', () => {
    expect(applyMergePatch(FILE, { limits: { turns: 5 }, agents: { main: { model: 'o/large' } } })).toBe(
      changed({ '"turns": 3': '"turns": 5', 'o/small': 'o/large' }),
    );
  });

  it('adds behind comments that belong to what is there, with the commas of the author', () => {
    expect(applyMergePatch(FILE, { defaultAgent: 'main', providers: { s: { type: 'scripted' } } })).toBe(
      changed({
        ' // paid by the team': ' // paid by the team\n    "s": {\n      "type": "scripted"\n    },',
        '"message": "1mb" },': '"message": "1mb" },\n  "defaultAgent": "main",',
      }),
    );
    expect(
      applyMergePatch(FILE, { agents: { main: { maxOutputTokens: 9 } }, limits: { modelAttempts: 2 } }),
    ).toBe(
      changed({
        '"read_file"]': '"read_file"],\n      "maxOutputTokens": 9',
        '"message": "1mb" }': '"message": "1mb", "modelAttempts": 2 }',
      }),
    );
  });

  it('removes a key with its line and its comma, and no comment', () => {
    expect(applyMergePatch(FILE, { $schema: null, limits: { message: null } })).toBe(
      changed({ $schema: null, ', "message": "1mb"': '' }),
    );
    expect(applyMergePatch(FILE, { agents: { main: { tools: null, model: null } } })).toBe(
      changed({ '      "model": "o/small", // cheap': '      // cheap', '"tools"': null }),
    );
    expect(applyMergePatch(FILE, { agents: null })).toContain('},\n  // room for more');
  });

  it('keeps what stays of a list, and its comments, when entries come or go', () => {
    const tools = (value: string[]) => applyMergePatch(FILE, { agents: { main: { tools: value } } });
    expect(tools(['read_file'])).toBe(
      changed({ '["shell", /* careful */ "read_file"]': '[/* careful */ "read_file"]' }),
    );
    expect(tools(['shell', 'read_file', 'x'])).toBe(changed({ '"read_file"]': '"read_file", "x"]' }));
    expect(tools(['shell', 'x'])).toBe(changed({ '"read_file"]': '"x"]' }));
    expect(tools(['x', 'y'])).toBe(changed({ '["shell", /* careful */ "read_file"]': '["x", "y"]' }));
    expect(tools([])).toContain('[/* careful */ ]');
  });

  it('keeps line breaks, indentation and a byte order mark as they are', () => {
    const text = '\uFEFF{\r\n\t"limits": {\r\n\t\t"turns": 1\r\n\t}\r\n}\r\n';
    expect(applyMergePatch(text, { limits: { message: '1kb' }, handover: { notify: false } })).toBe(
      '\uFEFF{\r\n\t"limits": {\r\n\t\t"turns": 1,\r\n\t\t"message": "1kb"\r\n\t},\r\n\t"handover": {\r\n\t\t"notify": false\r\n\t}\r\n}\r\n',
    );
  });

  it.each([
    ['', '{\n  "a": 1\n}\n'],
    ['// nothing yet', '// nothing yet\n{\n  "a": 1\n}\n'],
    ['{}', '{\n  "a": 1\n}'],
    ['{ /* none */ }', '{ /* none */ "a": 1 }'],
    ['{\n  // none\n}\n', '{\n  // none\n  "a": 1\n}\n'],
    ['{ "b": 1 }', '{ "b": 1, "a": 1 }'],
    ['{"b": 1,}', '{"b": 1, "a": 1,}'],
    ['[]', '{\n  "a": 1\n}'],
  ])('makes %j to %j', (before, after) => expect(applyMergePatch(before, { a: 1 })).toBe(after));

  it('follows RFC 7386 where it is odd', () => {
    expect(applyMergePatch('{"a": 1}', { a: { b: null, c: { d: null } } })).toBe('{"a": {\n  "c": {}\n}}');
    expect(applyMergePatch('// x\n{"a": 1}', [1, null])).toBe('// x\n[1, null]');
    expect(applyMergePatch('{"a": 1}', null)).toBe('null');
  });

  it('never expands a reference', () => {
    expect(applyMergePatch(FILE, { providers: { o: { concurrency: 1 } } })).toContain(
      `{ "type": "openai", "apiKey": "${ref('KEY')}", "concurrency": 1 }, // paid`,
    );
  });

  it('refuses a broken text and one that is too deep', () => {
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`);
    expect(() => applyMergePatch('{', { a: 1 })).toThrow(ConfigError);
    expect(() => applyMergePatch('{"a": 1, "a": 2}', {})).toThrow('is written twice');
    expect(() => applyMergePatch('{}', deep)).toThrow(ConfigError);
    expect(() => setValueAt('{', 'a', 1)).toThrow(ConfigError);
  });

  it.each<[string, string, (count: number) => unknown]>([
    [
      'added',
      '{}',
      (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1])),
    ],
    [
      'removed',
      JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 1]))),
      (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, null])),
    ],
    ['of a list', JSON.stringify({ a: Array(20_000).fill(1) }), (count) => ({ a: Array(count / 2).fill(1) })],
  ])('is done with 20,000 members %s in no time', (_, text, patch) => {
    const started = performance.now();
    applyMergePatch(text, patch(20_000));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('[E11] one key', () => {
  it.each<[string, unknown, Record<string, string | null>]>([
    ['agents.main.model', 'o/x', { 'o/small': 'o/x' }],
    ['agents["main"].model', 'o/x', { 'o/small': 'o/x' }],
    ['agents.main.tools[1]', 'x', { '"read_file"': '"x"' }],
    ['agents.main.tools[2]', 'x', { '"read_file"': '"read_file", "x"' }],
    ['agents.main.tools[0]', undefined, { '"shell", ': '' }],
    ['limits.message', undefined, { ', "message": "1mb"': '' }],
    ['limits.none', undefined, {}],
    ['limits.turns.none', undefined, {}],
    ['none.at.all', undefined, {}],
    ['providers.o', { type: 'openai' }, { [`, "apiKey": "${ref('KEY')}"`]: '' }],
    ['limits.turns', 3, {}],
  ])('%s', (path, value, lines) => expect(setValueAt(FILE, path, value)).toBe(changed(lines)));

  it('makes what is missing on the way', () => {
    expect(JSON.parse(setValueAt('', 'agents["a.b"].limits.turns', 1))).toEqual({
      agents: { 'a.b': { limits: { turns: 1 } } },
    });
    expect(JSON.parse(setValueAt('', 'auth.tokens[0]', 'x'))).toEqual({ auth: { tokens: ['x'] } });
  });

  it.each([
    ['', 'it is not a path'],
    ['a..b', 'it is not a path'],
    ['a.', 'it is not a path'],
    ['.a', 'it is not a path'],
    ['a[x]', 'it is not a path'],
    ['a["\\q"]', 'is not a name in quotes'],
    ['agents.main.tools.shell', '"shell" cannot be a key of a list'],
    ['agents[0]', '[0] needs a list, and there is another value'],
    ['agents.main.tools[7]', '[7] would leave a gap, because the list has 2 entries'],
  ])('%j leads nowhere', (path, why) => {
    expect(() => setValueAt(FILE, path, 1)).toThrow(ConfigPathError);
    expect(() => setValueAt(FILE, path, 1)).toThrow(why);
  });
});
