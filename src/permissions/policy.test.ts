import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createPolicy } from './policy.ts';
import type { ToolPolicy } from './rule.ts';
import { findRuleFault } from './rule.ts';

const root = mkdtempSync(join(tmpdir(), 'midturn-policy-'));
const outside = mkdtempSync(join(tmpdir(), 'midturn-outside-'));
mkdirSync(join(root, 'notes'));
symlinkSync(outside, join(root, 'notes/link'));
symlinkSync(join(root, 'notes'), join(outside, 'back'));
afterAll(() => {
  for (const folder of [root, outside]) rmSync(folder, { recursive: true });
});

const PATIENCE = 60_000;

function permission(rules: ToolPolicy, tool: string, input: unknown) {
  return createPolicy(rules, { files: root, commands: root }, PATIENCE).decideOnCall(tool, input);
}

/** The demand for an approval of a call; fails when the rules do not ask. */
function demand(...call: Parameters<typeof permission>) {
  const decision = permission(...call);
  if (decision.verdict !== 'ask') throw new Error(`the rules say ${decision.verdict}`);
  return decision;
}

function verdict(rules: ToolPolicy, tool: string, input: unknown): string {
  return permission(rules, tool, input).verdict;
}

const shell = (command: string, more = {}) => ['shell', { command, ...more }] as const;

describe('which rule counts', () => {
  it('the name itself counts more than a beginning, and the longer beginning more than the shorter', () => {
    const rules = {
      '*': 'deny',
      'mcp__*': 'allow',
      'mcp__git__*': 'deny',
      mcp__git__status: 'allow',
    } as const;
    const tools = ['shell', 'mcp__web__get', 'mcp__git__push', 'mcp__git__status'];
    expect(tools.map((tool) => verdict(rules, tool, {}))).toEqual(['deny', 'allow', 'deny', 'allow']);
  });

  it('nothing is allowed that nothing names', () => {
    expect(verdict({}, 'shell', {})).toBe('deny');
    expect(verdict({ 'shell(git *)': 'allow' }, ...shell('ls'))).toBe('deny');
  });

  it('a special case counts more than the rule that it is a case of, whatever both say', () => {
    const rules = {
      shell: 'ask',
      'shell(git *)': 'allow',
      'shell(git push*)': 'deny',
      'shell(git push --dry-run)': 'allow',
    } as const;
    const lines = ['ls', 'git log', 'git push', 'git push --dry-run', 'git push --dry-run --force'];
    expect(lines.map((line) => verdict(rules, ...shell(line)))).toEqual([
      'ask',
      'allow',
      'deny',
      'allow',
      'deny',
    ]);
  });

  it('of rules of which none is a case of the other, deny beats ask beats allow', () => {
    const rules = {
      'shell(git push*)': 'allow',
      'shell(git * main)': 'ask',
      'shell(* --force *)': 'deny',
    } as const;
    const lines = ['git push', 'git push main', 'git push --force main'];
    expect(lines.map((line) => verdict(rules, ...shell(line)))).toEqual(['allow', 'ask', 'deny']);
  });

  it('does not depend on the order', () => {
    const rules = { '*': 'allow', shell: 'ask', 'shell(git *)': 'deny', 'shell(git log)': 'allow' } as const;
    const reversed: ToolPolicy = Object.fromEntries(Object.entries(rules).reverse());
    for (const line of ['ls', 'git push', 'git log']) {
      expect(verdict(reversed, ...shell(line))).toBe(verdict(rules, ...shell(line)));
    }
  });

  it('doubt closes and never opens', () => {
    const line = shell('git push; true');
    expect(verdict({ shell: 'allow', 'shell(git push*)': 'ask' }, ...line)).toBe('ask');
    expect(verdict({ shell: 'allow', 'shell(git push*)': 'deny' }, ...line)).toBe('deny');
    expect(verdict({ shell: 'deny', 'shell(git push*)': 'ask' }, ...line)).toBe('deny');
    expect(verdict({ shell: 'ask', 'shell(git push*)': 'allow' }, ...line)).toBe('ask');
  });

  it('the tool may be used when there are arguments with which it may', () => {
    const places = { files: root, commands: root };
    expect(createPolicy({ '*': 'deny', 'shell(git *)': 'ask' }, places, PATIENCE).mayUse('shell')).toBe(true);
    expect(createPolicy({ '*': 'deny', 'shell(git *)': 'deny' }, places, PATIENCE).mayUse('shell')).toBe(
      false,
    );
    expect(createPolicy({ '*': 'allow', 'shell(git *)': 'deny' }, places, PATIENCE).mayUse('shell')).toBe(
      true,
    );
    expect(createPolicy({ '*': 'allow', shell: 'deny' }, places, PATIENCE).mayUse('shell')).toBe(false);
  });
});

describe('what an approval for more than one call allows', () => {
  it.each([
    ['the whole tool when it takes no pattern', { '*': 'ask' }, 'deploy', { to: 'prod' }, 'deploy'],
    ['the line as it is', { '*': 'ask' }, ...shell('git push  origin'), 'shell(=git push  origin)'],
    [
      'the line and its folder',
      { shell: 'ask' },
      ...shell('make', { cwd: "it's" }),
      "shell(=cd 'it'\\''s' && make)",
    ],
    [
      'the line when it starts where all do',
      { shell: 'ask' },
      ...shell('make', { cwd: './' }),
      'shell(=make)',
    ],
    [
      'the pattern that asked',
      { 'shell(git push*)': 'ask' },
      ...shell('git push origin'),
      'shell(git push*)',
    ],
    [
      'only the line when it is in doubt',
      { shell: 'allow', 'shell(rm *)': 'ask' },
      ...shell('sudo rm x'),
      'shell(=sudo rm x)',
    ],
    [
      'only the line when several asked',
      { 'shell(a *)': 'ask', 'shell(* b)': 'ask' },
      ...shell('a b'),
      'shell(=a b)',
    ],
    ['the path', { '*': 'ask' }, 'write_file', { path: './notes/../notes/a.md' }, 'write_file(notes/a.md)'],
    [
      'the place that a link leads to',
      { '*': 'ask' },
      'write_file',
      { path: 'notes/link/a' },
      `write_file(${outside}/a)`,
    ],
    ['a path with a star', { '*': 'ask' }, 'write_file', { path: 'a*b' }, 'write_file(a\\*b)'],
    ['the folder', { '*': 'ask' }, 'list_files', {}, 'list_files(.)'],
    [
      'method, host and port',
      { '*': 'ask' },
      'http_fetch',
      { url: 'https://API.example.com./x?y' },
      'http_fetch(GET api.example.com:443)',
    ],
    [
      'another method',
      { '*': 'ask' },
      'http_fetch',
      { url: 'http://[::1]:8080/', method: 'POST' },
      'http_fetch(POST [::1]:8080)',
    ],
    ['the agent', { delegate: 'ask' }, 'delegate', { agent: 'helper', task: 'x' }, 'delegate(helper)'],
  ] as const)('is %s', (_, rules, tool, input, rule) => {
    const asked = demand(rules, tool, input);
    expect(asked).toMatchObject({ verdict: 'ask', rule });
    expect(asked.isGrantedBy(rule)).toBe(true);
    expect(findRuleFault(rule)).toBeUndefined();
  });

  it('covers no other call', () => {
    const rules = { '*': 'ask' } as const;
    const granted = (rule: string, tool: string, input: unknown) =>
      demand(rules, tool, input).isGrantedBy(rule);
    expect(granted('shell(=make)', ...shell('make install'))).toBe(false);
    expect(granted('shell(=make)', ...shell('make', { cwd: 'other' }))).toBe(false);
    expect(granted('shell(=rm *)', ...shell('rm a'))).toBe(false);
    expect(granted('write_file(a\\*b)', 'write_file', { path: 'axb' })).toBe(false);
    expect(granted('write_file(notes/a)', 'edit_file', { path: 'notes/a' })).toBe(false);
    expect(granted('http_fetch(GET a.com:443)', 'http_fetch', { url: 'https://a.com', method: 'POST' })).toBe(
      false,
    );
    expect(granted('http_fetch(GET a.com:443)', 'http_fetch', { url: 'http://a.com' })).toBe(false);
    expect(granted('deploy', 'deploy_all', {})).toBe(false);
    expect(granted('no rule (', 'shell', { command: 'ls' })).toBe(false);
  });

  it('is not enough where a more special rule asks', () => {
    const rules = { 'shell(git push*)': 'ask', 'shell(git push --force*)': 'ask' } as const;
    const asked = demand(rules, ...shell('git push --force'));
    expect(asked.rule).toBe('shell(git push --force*)');
    expect(asked.isGrantedBy('shell(git push*)')).toBe(false);
    expect(asked.isGrantedBy('shell(git push --force*)')).toBe(true);
  });

  it('denies the call when its arguments cannot be used', () => {
    for (const input of [null, {}, { command: 7 }]) {
      expect(permission({ '*': 'ask' }, 'shell', input)).toMatchObject({
        verdict: 'deny',
        rule: 'shell without a usable "command"',
      });
    }
    expect(verdict({ '*': 'ask' }, 'http_fetch', { url: 'nowhere' })).toBe('deny');
    expect(verdict({ '*': 'ask' }, 'delegate', { agent: 'a b' })).toBe('deny');
    expect(verdict({ '*': 'ask' }, 'write_file', {})).toBe('deny');
  });
});

describe('paths', () => {
  const rules = { '*': 'deny', 'write_file(notes/**)': 'allow', 'write_file(notes/*.key)': 'deny' } as const;

  it.each([
    ['notes/a.md', 'allow'],
    ['notes/deep/er/a.md', 'allow'],
    ['./notes/x/../a.md', 'allow'],
    ['notes', 'allow'],
    ['notes/a.key', 'deny'],
    ['notes/../a.md', 'deny'],
    ['notesbook/a.md', 'deny'],
    ['/etc/passwd', 'deny'],
    ['notes/link/a.md', 'deny'],
    ['notes/a\0', 'allow'],
  ])('%j: %s', (path, expected) => expect(verdict(rules, 'write_file', { path })).toBe(expected));

  it('a link that leads in is judged by where it leads, and denied by either name', () => {
    const path = join(outside, 'back/a.md');
    expect(verdict(rules, 'write_file', { path })).toBe('allow');
    expect(verdict({ '*': 'allow', [`write_file(${outside}/**)`]: 'deny' }, 'write_file', { path })).toBe(
      'deny',
    );
    expect(verdict({ '*': 'allow', 'write_file(notes/**)': 'deny' }, 'write_file', { path })).toBe('deny');
  });

  it('[G1] an approval is for the destination that it was given for', () => {
    const ways = { here: join(root, 'here'), there: join(root, 'there'), way: join(root, 'way') };
    for (const folder of [ways.here, ways.there, ways.way]) mkdirSync(folder);
    const input = { path: 'way/a.md' };
    for (const asking of [{ write_file: 'ask' }, { 'write_file(way/**)': 'ask' }] as const) {
      const asked = () => demand({ '*': 'ask', ...asking }, 'write_file', input);
      const direct = asked();
      expect(direct.holds?.(direct.rule)).toBe(true);
      rmSync(ways.way, { recursive: true });
      symlinkSync(ways.here, ways.way);
      expect(asked().holds?.(direct.rule)).toBe(false);
      const { rule } = asked();
      expect(rule).toBe('write_file(here/a.md)');
      expect(asked().holds?.(rule)).toBe(true);
      rmSync(ways.way);
      symlinkSync(ways.there, ways.way);
      expect(asked().holds?.(rule)).toBe(false);
      rmSync(ways.way);
      mkdirSync(ways.way);
      expect(asked().holds?.(rule)).toBe(false);
      expect(asked().holds?.(direct.rule)).toBe(true);
    }
    expect(demand({ '*': 'ask' }, ...shell('ls')).holds?.('shell')).toBe(true);
  });

  it('folders above what is denied are denied to tools that look below them', () => {
    const secret = { '*': 'allow', 'search_files(notes/secret/**)': 'deny' } as const;
    for (const path of ['.', 'notes', '/', 'notes/secret', 'notes/secret/x', undefined]) {
      expect(verdict(secret, 'search_files', path === undefined ? {} : { path })).toBe('deny');
    }
    expect(verdict(secret, 'search_files', { path: 'notes/public' })).toBe('allow');
  });

  it.each([
    ['**/*.md', 'a.md', true],
    ['**/*.md', 'x/y/a.md', true],
    ['notes/**/a', 'notes/a', true],
    ['notes/**/a', 'notes/x/y/a', true],
    ['notes/**/a', 'notes/xa', false],
    ['*', 'a/b', false],
    ['**', 'a/b', true],
  ])('%j and %j: %s', (pattern, path, fits) =>
    expect(verdict({ [`read_file(${pattern})`]: 'allow' }, 'read_file', { path })).toBe(
      fits ? 'allow' : 'deny',
    ),
  );
});

describe('hosts and agents', () => {
  it.each([
    ['*.example.com', 'https://api.example.com/x', 'GET', true],
    ['*.example.com', 'https://api.EXAMPLE.com.:8443', 'POST', true],
    ['*.example.com', 'https://example.com', 'GET', false],
    ['*.example.com', 'https://api.example.com.evil.org', 'GET', false],
    ['*.example.com', 'https://evil.org/?api.example.com', 'GET', false],
    ['*.example.com', 'https://api.example.com@evil.org', 'GET', false],
    ['*.example.com', 'https://evil.org\\@api.example.com', 'GET', false],
    ['GET *', 'https://example.com', 'POST', false],
    ['GET *', 'https://example.com', 'GET', true],
    ['localhost:8080', 'http://localhost:8080/', 'GET', true],
    ['localhost:8080', 'http://localhost/', 'GET', false],
    ['127.0.0.1', 'http://0x7f.1/', 'GET', true],
    ['*', 'no url', 'GET', false],
  ])('%j and %s %s: %s', (pattern, url, method, fits) =>
    expect(verdict({ [`http_fetch(${pattern})`]: 'allow' }, 'http_fetch', { url, method })).toBe(
      fits ? 'allow' : 'deny',
    ),
  );

  it('agents go by their names', () => {
    const rules = { delegate: 'allow', 'delegate(ops-*)': 'deny' } as const;
    const agents = ['helper', 'ops-prod', undefined];
    expect(agents.map((agent) => verdict(rules, 'delegate', { agent }))).toEqual(['allow', 'deny', 'deny']);
  });
});

describe('what cannot be a rule', () => {
  it.each([
    ['', 'expected the name of a tool'],
    ['she ll', 'expected the name of a tool'],
    ['*x', 'expected the name of a tool'],
    ['mcp__*(x)', 'expected the name of a tool'],
    ['shell()', 'expected the name of a tool'],
    ['read_output(x)', 'read_output takes no pattern; delegate, shell, read_file'],
    ['shell(git status; ls)', '"=" before it'],
    ['shell( )', '"=" before it'],
    ['shell("git)', '"=" before it'],
    ['http_fetch(https://x.com/)', 'a pattern is a host such as'],
    ['http_fetch(GOT x.com)', 'the methods are GET'],
    ['delegate(a b)', 'a pattern is the name of an agent'],
    ['read_file(**/**/**/**)', 'at most 3 times'],
  ])('%j: %s', (text, fault) => expect(findRuleFault(text)).toContain(fault));
});
