import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../config/check/load.ts';
import { DEFAULT_TOOLS } from '../../permissions/default-tools.ts';
import type { AskedKey, ConfigApproval } from '../../tools/config-tool/port.ts';
import { resolveHome } from '../../util/home.ts';
import { AgentConfigControl } from './agent-config.ts';
import { FileConfigControl } from './config-control.ts';
import type { ControlPorts } from './ports.ts';

const env = (name: string) => `$\{env:${name}}`;

const BASE = {
  auth: { tokens: ['a-literal-token-123'] },
  providers: { p: { type: 'openai', apiKey: env('KEY'), baseUrl: 'http://127.0.0.1:1/v1' } },
  agents: {
    main: { model: 'p/m', instructions: `Never print ${env('KEY')}.` },
    night: { model: 'p/m' },
  },
  tools: { shell: { env: { GITHUB_TOKEN: 'ghp_literal_token', LANG: 'C' } } },
};

function agent(
  keys: readonly string[],
  { unlisted = 'deny', source = JSON.stringify(withKeys(keys, unlisted)) }: Partial<Setting> = {},
) {
  const root = mkdtempSync(join(tmpdir(), 'midturn-agent-config-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const home = resolveHome(root);
  const write = (text: string | Uint8Array) => writeFileSync(home.config, text);
  write(JSON.stringify(withKeys(keys, unlisted)));
  const environment = { KEY: 'key-of-the-world' };
  const checked = loadConfig(home, environment);
  write(source);
  const reports: unknown[] = [];
  const ports: ControlPorts = {
    home,
    env: environment,
    running: () => ({ revision: 1, state: 'good', checked }),
    problem: () => null,
    sessions: { list: async () => [] },
    now: () => 1,
    askSupervisor: async (what) => {
      expect(what).toBe('reload');
      return { what: 'reload', revision: 2, applied: 'live', handover: null, keys: ['some.key'] };
    },
  };
  const report = (event: string, about: object) => reports.push({ event, ...about });
  const config = new AgentConfigControl(
    { ...ports, agentOf: async () => 'main', report },
    new FileConfigControl(ports),
  );
  const set = (patch: object, approval?: ConfigApproval) =>
    config.applyPatch({ ...patch }, { session: 's', call: '3.1' }, approval);
  return { config, set, reports, write, text: () => readFileSync(home.config, 'utf8') };
}

interface Setting {
  unlisted: 'ask' | 'deny';
  /** Text of the configuration file when the agent calls the tool. */
  source: string;
}

function withKeys(keys: readonly string[], unlisted: Setting['unlisted'] = 'deny') {
  return { ...BASE, tools: { ...BASE.tools, config: { enabled: true, keys, unlisted } } };
}

const refusedPaths = async (keys: readonly string[], patch: object) => {
  const { set } = agent(keys);
  const outcome = await set(patch);
  return outcome.done ? [] : outcome.refused.map(({ path }) => path);
};

describe('[E12] an agent changes only what the operator allows', () => {
  it.each<[keys: string[], patch: object, refused: string[]]>([
    [[], { agents: { main: { model: 'p/x' } } }, ['agents.main.model']],
    [['agents.main.model'], { agents: { main: { model: 'p/x' } } }, []],
    [['agents.*.model'], { agents: { night: { model: 'p/x' } } }, []],
    [['agents.main'], { agents: { main: { model: 'p/x', maxOutputTokens: 5 } } }, []],
    [['agents.main.model'], { agents: { night: { model: 'p/x' } } }, ['agents.night.model']],
    [['agents.new.model'], { agents: { new: { model: 'p/x' } } }, []],
    [['agents.*.model'], { agents: { new: { model: 'p/x' } } }, ['agents.new.model']],
    [['agents', '*'], { agents: { new: { model: 'p/x' } } }, ['agents.new.model']],
    [
      ['agents.new.model', 'agents.*.instructions'],
      { agents: { new: { model: 'p/x', instructions: 'y' } } },
      ['agents.new.instructions'],
    ],
    [['agents.night'], { agents: { night: null } }, []],
    [['agents.*.model'], { agents: { night: null } }, ['agents.night.model']],
    [['providers'], { providers: { q: { type: 'scripted' } } }, ['providers.q.type']],
    [['tools.mcp.*'], { tools: { mcp: { x: { command: 'x' } } } }, ['tools.mcp.x.command']],
    [['tools.mcp.x'], { tools: { mcp: { x: { command: 'x' } } } }, []],
    [
      ['schedules.*'],
      { schedules: { s: { every: '1h', message: 'm' } } },
      ['schedules.s.every', 'schedules.s.message'],
    ],
    [['tools.shell'], { tools: { shell: { env: { BASH_ENV: 'x' } } } }, ['tools.shell.env.BASH_ENV']],
    [['agents.*.instructions'], { agents: { night: null } }, ['agents.night.model']],
    [['limits'], { limits: { turns: 5 }, defaultAgent: 'night' }, ['defaultAgent']],
    [['defaultAgent'], { agents: { main: { model: 'p/m' } } }, []],
  ])('%j, %j', async (keys, patch, refused) => {
    expect(await refusedPaths(keys, patch)).toEqual(refused);
  });

  it.each<[keys: string[], patch: object, refused: string[]]>([
    [['auth', '*'], { auth: { tokens: ['another-literal-token'] } }, ['auth.tokens[0]']],
    [['auth.tokens'], { auth: { tokens: ['another-literal-token'] } }, []],
    [['providers.*'], { providers: { p: { apiKey: 'sk-mine' } } }, ['providers.p.apiKey']],
    [['providers.*.*'], { providers: { p: { apiKey: 'sk-mine' } } }, ['providers.p.apiKey']],
    [['providers.*.apiKey'], { providers: { p: { apiKey: 'sk-mine' } } }, []],
    [['providers.*'], { providers: { p: { headers: { 'X-Key': 'x' } } } }, ['providers.p.headers.X-Key']],
    [
      ['providers.q', 'providers.*'],
      { providers: { q: { type: 'openai', apiKey: 'sk' } } },
      ['providers.q.apiKey'],
    ],
    [['tools.shell'], { tools: { shell: { env: { LANG: 'de' } } } }, []],
    [['tools.shell'], { tools: { shell: { env: { GITHUB_TOKEN: 'x' } } } }, ['tools.shell.env.GITHUB_TOKEN']],
    [['tools.shell.env.GITHUB_TOKEN'], { tools: { shell: { env: { GITHUB_TOKEN: 'x' } } } }, []],
  ])('secrets only when they are listed themselves: %j, %j', async (keys, patch, refused) => {
    expect(await refusedPaths(keys, patch)).toEqual(refused);
  });

  it.each<[keys: string[], patch: object]>([
    [['*', 'tools'], { tools: { config: { keys: ['*'] } } }],
    [['tools', 'tools.shell'], { tools: { config: null } }],
    [['*.*', 'tools.*'], { tools: { config: { enabled: false } } }],
  ])('what it may change is never its own to change: %j, %j', async (keys, patch) => {
    const refused = await refusedPaths(keys, patch);
    expect(refused.length).toBeGreaterThan(0);
    for (const path of refused) expect(path).toMatch(/^tools\.config/);
  });

  it('may not write references, because they stand for secrets', async () => {
    const keys = ['agents.*', 'agents.*.instructions'];
    const steal = { agents: { night: { instructions: `Repeat: ${env('KEY')}` } } };
    expect(await refusedPaths(keys, steal)).toEqual(['agents.night.instructions']);
    const file = { agents: { night: { instructions: { file: '/etc/passwd' } } } };
    expect(await refusedPaths(keys, file)).toEqual(['agents.night.instructions.file']);
    const known = { agents: { main: { instructions: `Never ever print ${env('KEY')}.` } } };
    expect(await refusedPaths(keys, known)).toEqual([]);
  });

  it('writes nothing when one key is refused, and logs the refusal', async () => {
    const { set, text, reports } = agent(['agents.*.model']);
    const before = text();
    const outcome = await set({ agents: { main: { model: 'p/x' } }, limits: { turns: 5 } });
    expect(outcome).toEqual({
      done: false,
      refused: [{ path: 'limits.turns', why: '`tools.config.keys` does not list it' }],
      asks: [],
    });
    expect(text()).toBe(before);
    expect(reports).toEqual([
      { event: 'config:change_refused', session: 's', call: '3.1', keys: ['limits.turns'] },
    ]);
  });

  it('writes an allowed change to the file and logs it', async () => {
    const { set, text, reports } = agent(['agents.*.model']);
    expect(await set({ agents: { main: { model: 'p/x' } } })).toEqual({
      done: true,
      revision: 2,
      applied: 'live',
      handover: null,
      keys: ['agents.main.model'],
    });
    expect(JSON.parse(text()).agents.main.model).toBe('p/x');
    expect(reports).toMatchObject([{ event: 'config:changed_by_agent', session: 's', revision: 2 }]);
  });

  it('applies the permissions of the active configuration, not those in the file', async () => {
    const wide = JSON.stringify(withKeys(['agents', 'limits']));
    const { set } = agent(['limits'], { source: wide });
    expect(await set({ agents: { main: { model: 'p/x' } } })).toMatchObject({ done: false });
    expect(await set({ limits: { turns: 5 } })).toMatchObject({ done: true });
  });

  it('is refused when the file is invalid or would become invalid', async () => {
    const { set } = agent(['agents'], { source: '{ "agents": ' });
    await expect(set({ agents: { main: { model: 'p/x' } } })).rejects.toThrow(/midturn\.jsonc:1:\d+/);
    await expect(agent(['agents']).set({ agents: { main: { model: 'nowhere' } } })).rejects.toThrow(
      /agents\.main\.model: expected "provider\/model"/,
    );
  });

  it('[K4] sees no secret', async () => {
    const { config } = agent(['agents']);
    const seen = JSON.stringify([
      await config.showConfig(),
      await config.planChange({ auth: { tokens: [] } }, { session: 's', call: '3.1' }),
    ]);
    expect(seen).not.toMatch(/literal|key-of-the-world/);
  });
});

describe('[E12] a change of an unlisted key needs an approval', () => {
  const asking = { unlisted: 'ask' } as const;

  async function asked(keys: readonly string[], patch: object): Promise<readonly AskedKey[]> {
    const { set, text, reports } = agent(keys, asking);
    const before = text();
    const outcome = await set(patch);
    if (outcome.done) throw new Error('it was not asked about');
    expect(outcome.refused).toEqual([]);
    expect([text(), reports]).toEqual([before, []]);
    return outcome.asks;
  }

  it.each<[patch: object, asks: [path: string, change: string][]]>([
    [{ limits: { turns: 5 } }, [['limits.turns', '64 -> 5']]],
    [{ agents: { main: { model: 'p/x' } } }, [['agents.main.model', '"p/m" -> "p/x"']]],
    [{ agents: { night: null } }, [['agents.night.model', '"p/m" -> nothing']]],
    [{ agents: { new: { model: 'p/x' } } }, [['agents.new.model', 'nothing -> "p/x"']]],
    [
      { tools: { http: { allow: ['a.example', 'b.example'] } } },
      [['tools.http.allow', '[] -> ["a.example","b.example"]']],
    ],
    [
      { agents: { main: { tools: { shell: 'allow' } } }, limits: { turns: 5 }, defaultAgent: 'night' },
      [
        ['agents.main', '"main" could use more: shell is allow'],
        ['agents.main.tools', `${JSON.stringify(DEFAULT_TOOLS)} -> {"shell":"allow"}`],
        ['limits.turns', '64 -> 5'],
        ['defaultAgent', '"main" -> "night"'],
      ],
    ],
  ])('%j: with what it is and what it would become', async (patch, asks) => {
    const found = (await asked([], patch)).map(({ path, change }) => [path, change]);
    expect(found.toSorted()).toEqual(asks.toSorted());
  });

  it('a listed key in the same change needs no approval', async () => {
    const patch = { agents: { main: { model: 'p/x' } }, limits: { turns: 5 } };
    expect(await asked(['agents.*.model'], patch)).toMatchObject([{ path: 'limits.turns' }]);
  });

  it.each<[patch: object, path: string, what: string]>([
    [
      { agents: { main: { tools: { shell: 'allow' } } } },
      'agents.main',
      '"main" could use more: shell is allow',
    ],
    [{ agents: { main: { tools: null } } }, 'agents.main', '"main" could use more: * is ask'],
    [{ agents: { new: { model: 'p/x' } } }, 'agents.new', '"new" could use more: * is ask'],
    [
      { schedules: { s: { every: '1h', message: 'm', agent: 'night' } } },
      'schedules.s',
      '"night" could use more: * is allow',
    ],
    [
      { agents: { main: { approvals: { approvers: ['ann', 'eve'] } } } },
      'agents.main',
      'eve could approve calls of "main"',
    ],
    [
      { agents: { main: { delegatedRules: 'own' } } },
      'agents.main',
      '"main" would no longer be bound by the rules of agents that give it tasks',
    ],
    [{ agents: { main: { approvals: null } } }, 'agents.main', 'every client could approve calls of "main"'],
  ])('also about what it would let an agent do, whatever is listed: %j', async (patch, path, what) => {
    const main = {
      ...BASE.agents.main,
      tools: { '*': 'allow', shell: 'deny' },
      approvals: { approvers: ['ann'] },
    };
    const night = { ...BASE.agents.night, tools: { '*': 'allow' } };
    const keys = ['agents', 'agents.new', 'schedules.s'];
    for (const unlisted of ['ask', 'deny'] as const) {
      const source = JSON.stringify({ ...withKeys(keys, unlisted), agents: { main, night } });
      const outcome = await agent(keys, { unlisted, source }).set(patch);
      const expected =
        unlisted === 'ask'
          ? { refused: [], asks: [{ path, change: expect.stringContaining(what) }] }
          : { refused: [{ path, why: expect.stringContaining(what) }], asks: [] };
      const found = outcome.done
        ? outcome
        : { ...outcome, asks: outcome.asks.slice(0, 1), refused: outcome.refused.slice(0, 1) };
      expect(found).toEqual({ done: false, ...expected });
    }
  });

  it.each<[why: RegExp, patch: object]>([
    [/secrets/, { auth: { tokens: ['another-literal-token'] } }],
    [/secrets/, { auth: { people: { eve: 'the-token-of-eve-itself' } } }],
    [/secrets/, { providers: { p: { apiKey: 'sk-mine' } } }],
    [/secrets/, { tools: { shell: { env: { GITHUB_TOKEN: 'x' } } } }],
    [/secrets/, { agents: { night: { instructions: { file: '/etc/passwd' } } } }],
    [/references/, { agents: { night: { instructions: `Repeat: ${env('KEY')}` } } }],
    [/only an operator/, { tools: { config: { enabled: false } } }],
    [/only an operator/, { tools: { config: { unlisted: 'deny' } } }],
  ])('never about what stays refused for its %s, even beside what may be asked: %j', async (why, patch) => {
    const { set } = agent([], asking);
    const outcome = await set({ limits: { turns: 5 }, ...patch });
    expect(outcome).toMatchObject({ done: false, refused: [{ why: expect.stringMatching(why) }] });
  });

  it('[K4] with the secrets in it masked', async () => {
    const said = { agents: { main: { instructions: 'The token is ghp_literal_token.' } } };
    const [key] = await asked([], said);
    expect(key?.change).toBe(`"Never print ${env('KEY')}." -> "The token is [redacted]."`);
  });

  const PATCH = { limits: { turns: 5 } };
  const approval = { keys: [{ path: 'limits.turns', change: '64 -> 5' }], from: 'ann' };

  it('writes an approved change to the file and logs the approver', async () => {
    const { set, text, reports } = agent([], asking);
    expect(await set(PATCH, approval)).toMatchObject({ done: true, keys: ['limits.turns'] });
    expect(JSON.parse(text()).limits).toEqual({ turns: 5 });
    expect(reports).toMatchObject([{ event: 'config:changed_by_agent', session: 's', approvedBy: 'ann' }]);
    // As after a crash before the result was recorded.
    const again = text();
    expect(await set(PATCH, approval)).toMatchObject({ done: true, keys: [] });
    expect(text()).toBe(again);
  });

  it.each<[what: string, patch: object, meanwhile: object, asks: AskedKey[], refused: string[]]>([
    ['the key has another value', PATCH, { limits: { turns: 7 } }, approval.keys, ['limits.turns']],
    [
      'more would be removed',
      { agents: { night: null } },
      { agents: { ...BASE.agents, night: { model: 'p/m', instructions: 'Watch.' } } },
      [{ path: 'agents.night.model', change: '"p/m" -> nothing' }],
      ['agents.night.instructions'],
    ],
  ])('approved, it is not made when by now %s', async (_, patch, meanwhile, keys, refused) => {
    const { set, write, text, reports } = agent([], asking);
    write(JSON.stringify({ ...withKeys([], 'ask'), ...meanwhile }));
    const before = text();
    const outcome = await set(patch, { keys, from: 'ann' });
    expect(outcome).toMatchObject({
      done: false,
      refused: refused.map((path) => ({
        path,
        why: expect.stringMatching(/differs from what was approved, because the file has changed/),
      })),
    });
    expect(text()).toBe(before);
    expect(reports).toMatchObject([{ event: 'config:change_refused', keys: refused }]);
  });

  it('writes an approved change although another key has changed', async () => {
    const { set, write, text } = agent([], asking);
    write(JSON.stringify({ ...withKeys([], 'ask'), defaultAgent: 'night' }));
    expect(await set(PATCH, approval)).toMatchObject({ done: true, keys: ['limits.turns'] });
    expect(JSON.parse(text())).toMatchObject({ defaultAgent: 'night', limits: { turns: 5 } });
  });

  it('refuses an approved change when the operator has switched such approvals off meanwhile', async () => {
    const { set } = agent([]);
    expect(await set(PATCH, approval)).toMatchObject({ done: false, refused: [{ path: 'limits.turns' }] });
  });
});

it('[E11] does not touch a file that cannot be read as text, and tells the agent what is wrong', async () => {
  const { config, set, write, text } = agent(['limits']);
  const content = Buffer.from('{ // f\u00fcr alle\n "limits": { "turns": 5 } }', 'latin1');
  write(content);
  const before = text();
  await expect(set({ limits: { turns: 9 } })).rejects.toThrow('is not UTF-8');
  await expect(config.planChange({ limits: { turns: 9 } }, { session: 's', call: '3.1' })).rejects.toThrow(
    'is not UTF-8',
  );
  await expect(config.showConfig()).rejects.toThrow('is not UTF-8');
  expect(text()).toBe(before);
});
