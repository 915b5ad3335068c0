import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_TOOLS } from '../../permissions/default-tools.ts';
import { resolveHome } from '../../util/home.ts';
import { type CheckedConfig, checkConfig } from '../check/check.ts';
import { listReferencedFiles } from '../check/files.ts';
import { planChange } from './plan.ts';

const home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-plan-')));
afterAll(() => rmSync(home.root, { recursive: true }));

const KEY = 'sk-from-the-environment';

function check(value: object | string, env: Record<string, string> = { KEY }): CheckedConfig {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return checkConfig(text, { home, env });
}

const plan = (before: object | string, after: object | string) => planChange(check(before), check(after));
const agent = (more: object) => ({ agents: { main: { model: 'scripted/echo', ...more } } });

describe('[E2] no change', () => {
  it.each<[string, object | string, object | string]>([
    [
      'comments, white space and trailing commas',
      '{"listen":"127.0.0.1:1"}',
      '// mine\n{ "listen": "127.0.0.1:1", }',
    ],
    [
      'the order of keys',
      '{"limits": {"turns": 1, "message": "1kb"}, "listen": "127.0.0.1:1"}',
      '{"listen": "127.0.0.1:1", "limits": {"message": "1kb", "turns": 1}}',
    ],
    ['another unit', { handover: { drainCap: '60s' } }, { handover: { drainCap: '1m' } }],
    ['a default that is written out', {}, { handover: { trial: '30s' }, logging: { level: 'info' } }],
    ['the implied agent', {}, { ...agent({}), defaultAgent: 'main' }],
    ['the implied provider', {}, { providers: { scripted: { type: 'scripted' } } }],
    [
      'a default path',
      {},
      { tools: { shell: { cwd: 'work' }, files: { roots: [join(home.root, 'work')] } } },
    ],
    ['a list for a record', agent({ tools: ['shell'] }), agent({ tools: { shell: 'allow', '*': 'deny' } })],
    ['a reference for its value', agent({ instructions: KEY }), agent({ instructions: `$\{env:KEY}` })],
  ])('%s', (_, before, after) => {
    expect(plan(before, after)).toEqual({ apply: 'none', changes: [] });
    expect(check(before).fingerprint).toBe(check(after).fingerprint);
  });
});

describe('[E6] the plan', () => {
  it('takes an empty group for a change of what its keys would change', () => {
    const wiki = { type: 'http', url: 'https://wiki.example.com/mcp' };
    const [without, empty] = [
      { tools: { mcp: { wiki } } },
      { tools: { mcp: { wiki: { ...wiki, oauth: {} } } } },
    ];
    expect(plan(without, empty)).toEqual({
      apply: 'live',
      changes: [{ path: 'tools.mcp.wiki.oauth', apply: 'live', kind: 'added', after: {} }],
    });
    expect(plan(empty, without)).toMatchObject({ apply: 'live' });
  });

  it('names each changed key with its class and the values as they are written', () => {
    const before = { ...agent({ tools: ['shell'] }), limits: { turns: 3 }, handover: { drainCap: '2m' } };
    const after = {
      ...agent({ instructions: 'Be kind.' }),
      listen: '127.0.0.1:1',
      handover: { drainCap: '3m' },
    };
    const { apply, changes } = plan(before, after);
    expect(apply).toBe('handover');
    expect(changes).toHaveLength(5);
    expect(changes).toEqual(
      expect.arrayContaining([
        {
          path: 'listen',
          apply: 'handover',
          kind: 'changed',
          before: '127.0.0.1:7717',
          after: '127.0.0.1:1',
        },
        { path: 'agents.main.instructions', apply: 'live', kind: 'changed', before: '', after: 'Be kind.' },
        {
          path: 'agents.main.tools',
          apply: 'live',
          kind: 'changed',
          before: ['shell'],
          after: { ...DEFAULT_TOOLS },
        },
        { path: 'limits.turns', apply: 'live', kind: 'changed', before: 3, after: 64 },
        { path: 'handover.drainCap', apply: 'live', kind: 'changed', before: '2m', after: '3m' },
      ]),
    );
  });

  it('has the class of its strongest change', () => {
    expect(plan({}, { $schema: './x.json' })).toMatchObject({
      apply: 'none',
      changes: [{ path: '$schema', kind: 'added', after: './x.json' }],
    });
    expect(plan({}, { $schema: './x.json', limits: { turns: 1 } }).apply).toBe('live');
    expect(plan({}, { listen: '[::1]:0', limits: { turns: 1 } }).apply).toBe('handover');
  });

  it('has one change for an agent or a provider that comes or goes, the default that follows included', () => {
    const night = { model: 'scripted/echo', limits: { toolOutput: '1kb' } };
    const one = { agents: { night } };
    const two = {
      agents: { night, main: { model: 'scripted/echo' } },
      providers: { o: { type: 'openai', apiKey: 'k' } },
    };
    const agentOf = (kind: string, side: string) => [
      { path: 'agents.main', apply: 'live', kind, [side]: { model: 'scripted/echo' } },
      { path: 'providers.o', apply: 'live', kind, [side]: { type: 'openai', apiKey: '[redacted]' } },
    ];
    expect(plan(one, two).changes).toEqual(
      expect.arrayContaining([
        ...agentOf('added', 'after'),
        { path: 'defaultAgent', apply: 'live', kind: 'changed', before: 'night', after: 'main' },
      ]),
    );
    expect(plan(two, one).changes).toEqual(expect.arrayContaining(agentOf('removed', 'before')));
    expect(plan(two, one).changes).toHaveLength(3);
  });

  it('goes into what a record and a list of groups hold', () => {
    const scripted = (...texts: string[]) => ({
      providers: { 's.1': { type: 'scripted', scripts: { x: texts.map((text) => ({ text })) } } },
    });
    expect(plan(scripted('a', 'b'), scripted('a', 'c', 'd')).changes).toEqual([
      { path: 'providers["s.1"].scripts.x[1].text', apply: 'live', kind: 'changed', before: 'b', after: 'c' },
      { path: 'providers["s.1"].scripts.x[2]', apply: 'live', kind: 'added', after: { text: 'd' } },
    ]);
  });

  it('[E13] shows that a secret changed, and neither of both', () => {
    const config = (apiKey: string, token: string) => ({
      auth: { tokens: [token] },
      providers: { o: { type: 'openai', apiKey } },
      agents: { main: { model: 'o/m', instructions: `Never say ${apiKey} or old-literal-key.` } },
    });
    const { changes } = plan(
      config('old-literal-key', 'old-token-0123456789'),
      config('new-literal-key', 'new-token-0123456789'),
    );
    expect(changes.map(({ path, kind }) => [path, kind])).toEqual(
      expect.arrayContaining([
        ['auth.tokens', 'changed'],
        ['providers.o.apiKey', 'changed'],
        ['agents.main.instructions', 'changed'],
      ]),
    );
    expect(JSON.stringify(changes)).not.toMatch(/literal|token-0/);
  });
});

describe('[E13] files that are referred to', () => {
  const secret = join(home.root, 'key');
  const told = join(home.root, 'told.md');
  const text = JSON.stringify({
    providers: { o: { type: 'openai', apiKey: `$\{file:key}`, headers: { a: `$\{file:${secret}}` } } },
    agents: { main: { model: 'o/m', instructions: { file: 'told.md' } } },
  });

  it('are named, also when they are all that is missing', () => {
    expect(() => check(text)).toThrow('there is no such file');
    expect(listReferencedFiles(text, { home, env: {} })).toEqual([secret, told]);
    expect(listReferencedFiles('{', { home, env: {} })).toEqual([]);
    expect(listReferencedFiles('{"agents": 7, "listen": {"file": 1}}', { home, env: {} })).toEqual([]);
  });

  it('change the fingerprint and the plan with their content', () => {
    writeFileSync(secret, 'first-key');
    writeFileSync(told, 'Be kind.');
    const before = check(text);
    expect(before.files).toEqual([secret, told]);
    expect(check(text).fingerprint).toBe(before.fingerprint);
    writeFileSync(secret, 'second-key');
    const rotated = check(text);
    expect(rotated).toMatchObject({ hash: before.hash, source: before.source });
    expect(rotated.fingerprint).not.toBe(before.fingerprint);
    expect(planChange(before, rotated).changes).toEqual([
      {
        path: 'providers.o.apiKey',
        apply: 'live',
        kind: 'changed',
        before: `$\{file:key}`,
        after: `$\{file:key}`,
      },
      expect.objectContaining({ path: 'providers.o.headers', before: { a: `$\{file:${secret}}` } }),
    ]);
    writeFileSync(told, 'Be brief.');
    expect(planChange(rotated, check(text))).toEqual({
      apply: 'live',
      changes: [expect.objectContaining({ path: 'agents.main.instructions', after: { file: 'told.md' } })],
    });
  });

  it('and variables do so too', () => {
    const value = agent({ instructions: `$\{env:KEY}` });
    const { changes } = planChange(check(value), check(value, { KEY: 'another' }));
    expect(changes).toMatchObject([{ path: 'agents.main.instructions', kind: 'changed' }]);
  });
});
