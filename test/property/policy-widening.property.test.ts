import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wideningRule } from '../../src/permissions/compare.ts';
import { createPolicy } from '../../src/permissions/policy.ts';
import type { ToolPolicy } from '../../src/permissions/rule.ts';

const RULES = [
  '*',
  'shell',
  'shell(git *)',
  'shell(git push*)',
  'shell(rm *)',
  'shell(*)',
  'shell(=git push origin)',
  'shell(=rm x)',
  'write_file',
  'write_file(notes/**)',
  'write_file(notes/a.md)',
  'mcp__*',
  'mcp__github__*',
  'mcp__github__push',
  'delegate',
  'delegate(ops-*)',
  'delegate(ops-prod)',
  'http_fetch(GET *.example.com)',
  'http_fetch',
];
const COMMANDS = [
  'git push origin',
  'git push -f',
  'git log',
  'rm x',
  'git commit -m "rm x"',
  'ls; rm x',
  'env rm x',
  '$X y',
  'git push origin; git log',
];
const CALLS: [tool: string, input: object][] = [
  ...COMMANDS.map((command): [string, object] => ['shell', { command }]),
  ['shell', { command: 'rm x', cwd: '/tmp' }],
  ['shell', {}],
  ['write_file', { path: 'notes/a.md' }],
  ['write_file', { path: 'notes/b.md' }],
  ['write_file', { path: 'c' }],
  ['mcp__github__push', {}],
  ['mcp__github__log', {}],
  ['mcp__gitlab', {}],
  ['delegate', { agent: 'ops-prod' }],
  ['delegate', { agent: 'ops-test' }],
  ['delegate', { agent: 'main' }],
  ['http_fetch', { url: 'https://a.example.com/' }],
  ['http_fetch', { url: 'https://a.example.com/', method: 'POST' }],
  ['read_file', { path: 'a' }],
];
const RANK = { deny: 0, ask: 1, allow: 2 };
const PLACES = { files: '/work', commands: '/work' };

/** Policies as a configuration has them: one rule always covers the calls that no other rule names. */
const policy = fc
  .dictionary(fc.constantFrom(...RULES), fc.constantFrom('allow', 'ask', 'deny'), { maxKeys: 5 })
  .map((rules): ToolPolicy => ({ '*': 'deny', ...rules }));

describe('[E12] the comparison of two tool policies', () => {
  it('never misses a call that the later one judges more generously', () => {
    let safe = 0;
    fc.assert(
      fc.property(policy, policy, fc.boolean(), (before, other, related) => {
        const after = related
          ? { ...before, ...Object.fromEntries(Object.entries(other).slice(0, 1)) }
          : other;
        if (wideningRule(before, after) !== undefined) return;
        safe += 1;
        const [old, young] = [createPolicy(before, PLACES, 0), createPolicy(after, PLACES, 0)];
        for (const [tool, input] of CALLS) {
          const [was, is] = [old, young].map((each) => each.decideOnCall(tool, input).verdict);
          expect({ tool, input, wider: RANK[is ?? 'deny'] > RANK[was ?? 'deny'] }).toEqual({
            tool,
            input,
            wider: false,
          });
        }
      }),
      { numRuns: 5_000 },
    );
    expect(safe).toBeGreaterThan(700);
  });

  it('finds nothing in an unchanged policy, or one with additional deny rules only', () => {
    const denied = fc.constantFrom(...RULES);
    fc.assert(
      fc.property(policy, denied, (before, rule) => {
        expect(wideningRule(before, before)).toBeUndefined();
        if (rule in before) return;
        const isExact = Object.keys(before).some((text) => text.includes('(='));
        if (!isExact) expect(wideningRule(before, { ...before, [rule]: 'deny' })).toBeUndefined();
      }),
      { numRuns: 3_000 },
    );
  });

  it.each<[before: ToolPolicy, after: ToolPolicy, rule: string | undefined]>([
    [{ '*': 'allow', shell: 'deny' }, { '*': 'allow' }, '*'],
    [{ '*': 'allow', shell: 'deny' }, { '*': 'allow', shell: 'ask' }, 'shell'],
    [{ '*': 'allow', shell: 'deny' }, { '*': 'allow', shell: 'deny', write_file: 'deny' }, undefined],
    [{ '*': 'deny', 'shell(git *)': 'allow' }, { '*': 'deny', 'shell(git log*)': 'allow' }, undefined],
    [{ '*': 'deny', 'shell(git log*)': 'allow' }, { '*': 'deny', 'shell(git *)': 'allow' }, 'shell(git *)'],
    [{ '*': 'allow' }, { '*': 'deny', shell: 'allow' }, undefined],
    [{}, { shell: 'ask' }, 'shell'],
    [
      { '*': 'allow', 'shell(rm *)': 'deny' },
      { '*': 'allow', 'shell(=rm x)': 'allow', 'shell(rm *)': 'deny' },
      'shell(=rm x)',
    ],
  ])('%j, then %j: %j', (before, after, rule) => expect(wideningRule(before, after)).toBe(rule));
});
