import { describe, expect, it } from 'vitest';
import {
  agentConfig,
  checkSource,
  envReference,
  problemsOf,
  problemTexts,
  providerConfig,
} from '../../../test/support/config-check.ts';
import { DEFAULT_TOOLS } from '../../permissions/default-tools.ts';

const TURN_LIMITS = {
  ...{ turnModelCalls: 300, turnToolCalls: 1000, turnTokens: 50_000_000, turnTime: 43_200_000 },
  ...{ equalCalls: 25, atTurnLimit: 'end' },
};

describe('a valid configuration', () => {
  it('may be empty: one agent repeats what it is told', () => {
    for (const text of ['', '  // nothing yet\n', '{}']) {
      const { config } = checkSource(text);
      expect(config.agents['main']).toMatchObject({
        model: 'scripted/echo',
        tools: { '*': 'ask', read_file: 'allow' },
      });
      expect(config.defaultAgent).toBe('main');
      expect(config.providers['scripted']).toEqual({ type: 'scripted', concurrency: 8 });
      expect(config.listen).toEqual({ host: '127.0.0.1', port: 7717 });
    }
  });

  it('has the documented defaults', () => {
    const { config } = checkSource({});
    expect(config.limits).toEqual({
      parallelTools: 8,
      modelAttempts: 8,
      crashAttempts: 3,
      toolOutput: 16_384,
      delegateDepth: 3,
      children: 8,
      ...TURN_LIMITS,
      toolTimeout: 600_000,
      message: 262_144,
      attachment: 20_971_520,
      turns: 64,
      modelSilence: 300_000,
      passivateAfter: 300_000,
      resumeConcurrency: 16,
    });
    expect(config.handover).toEqual({
      modelGrace: 30_000,
      toolGrace: 30_000,
      drainCap: 60_000,
      trial: 30_000,
      notify: true,
    });
    expect(config.tools).toMatchObject({
      shell: { enabled: true, timeout: 600_000, outputLimit: 67_108_864, cwd: '/srv/midturn/work' },
      files: { enabled: true, roots: ['/srv/midturn/work'], readLimit: 1_048_576 },
      http: { enabled: true, allow: [], timeout: 30_000, maxBytes: 10_485_760 },
    });
    expect(config.logging).toEqual({
      level: 'info',
      format: 'auto',
      maxSize: 20 * 1024 ** 2,
      maxAge: 7 * 86_400_000,
      keep: 5,
    });
  });

  it('has comments, trailing commas, a byte order mark and a schema', () => {
    const { config } = checkSource(
      '\uFEFF{ // here\n "$schema": "./midturn.schema.json", /* and */ "listen": "[::1]:0", }',
    );
    expect(config.listen).toEqual({ host: '::1', port: 0 });
    expect(config).not.toHaveProperty('$schema');
  });

  it('gives agents the general limits where they have none of their own', () => {
    const { config } = checkSource({
      limits: { modelAttempts: 2 },
      ...agentConfig({ limits: { toolOutput: '1kb' } }),
    });
    expect(config.agents['main']?.limits).toEqual({
      parallelTools: 8,
      modelAttempts: 2,
      crashAttempts: 3,
      toolOutput: 1024,
      delegateDepth: 3,
      children: 8,
      ...TURN_LIMITS,
    });
  });

  it('reads a list of tools as these and no others, a record as exceptions from the defaults', () => {
    const tools = (value: unknown) => checkSource(agentConfig({ tools: value })).config.agents['main']?.tools;
    expect(tools(['shell'])).toEqual({ '*': 'deny', shell: 'allow' });
    expect(tools({ shell: 'deny' })).toEqual({ ...DEFAULT_TOOLS, shell: 'deny' });
    expect(tools({ '*': 'deny', read_file: 'allow' })).toEqual({ '*': 'deny', read_file: 'allow' });
  });

  it('resolves paths against the home', () => {
    const { shell, files } = checkSource({
      tools: { shell: { cwd: 'here' }, files: { roots: ['~', '/data', 'x/..'] } },
    }).config.tools;
    expect(shell.cwd).toBe('/srv/midturn/here');
    expect(files.roots).toEqual([expect.stringMatching(/^\/[^~]*$/), '/data', '/srv/midturn']);
  });

  it('takes an MCP server for a command unless it says otherwise', () => {
    const { mcp } = checkSource({
      tools: {
        mcp: {
          files: { command: 'mcp-files', args: ['/data'], cwd: 'here', timeout: '5s' },
          web: { type: 'http', url: 'https://example.com/mcp', enabled: false, tools: ['search'] },
        },
      },
    }).config.tools;
    expect(mcp).toEqual({
      files: {
        type: 'stdio',
        enabled: true,
        command: 'mcp-files',
        args: ['/data'],
        env: {},
        cwd: '/srv/midturn/here',
        timeout: 5_000,
        effects: {},
      },
      web: {
        type: 'http',
        enabled: false,
        url: 'https://example.com/mcp',
        headers: {},
        effects: {},
        tools: ['search'],
      },
    });
  });

  it('finds nothing under names that every object has', () => {
    const { config } = checkSource({});
    expect(config.agents['constructor']).toBeUndefined();
    expect(config.providers['toString']).toBeUndefined();
  });

  it('[E2] has a hash of its meaning', () => {
    const hash = (text: string) => checkSource(text).hash;
    const one = hash('{"listen":"127.0.0.1:1","limits":{"turns":3,"modelAttempts":2}}');
    expect(hash('{ "limits": {"modelAttempts": 2, "turns": 3,}, // x\n "listen": "127.0.0.1:1" }')).toBe(one);
    expect(hash('{"listen":"127.0.0.1:2","limits":{"turns":3,"modelAttempts":2}}')).not.toBe(one);
  });
});

describe('references', () => {
  it('[E13] stand for variables, also inside of a text; $$ takes the meaning away', () => {
    const { config, secrets } = checkSource(
      {
        ...providerConfig({
          type: 'openai',
          apiKey: envReference('KEY'),
          headers: { 'X-Auth': `Bearer ${envReference('TOKEN')}` },
        }),
        ...agentConfig({ instructions: `Write $${envReference('KEY')} and $5.` }),
      },
      { KEY: 'key-123456', TOKEN: 'token-123456' },
    );
    expect(config.providers['p']).toMatchObject({
      apiKey: 'key-123456',
      headers: { 'X-Auth': 'Bearer token-123456' },
    });
    expect(config.agents['main']?.instructions).toBe(`Write ${envReference('KEY')} and $5.`);
    expect(secrets).toEqual(['key-123456', 'token-123456', 'Bearer token-123456']);
  });

  it('that cannot be resolved are named once, others still resolved', () => {
    expect(
      problemTexts({
        listen: envReference('ADDRESS'),
        logging: { level: envReference('constructor') },
      }),
    ).toEqual([
      'listen: the environment has no ADDRESS; set it where the daemon is started',
      'logging.level: the environment has no constructor; set it where the daemon is started',
    ]);
    expect(problemTexts({ listen: `$\{ENV}` })[0]).toMatch(
      /^listen: has something in "\$\{…\}" that is not a reference/,
    );
    expect(problemTexts({ listen: `$\{env:X` })).toEqual(['listen: a reference is not closed; expected "}"']);
  });

  it('[K4] are never expanded into what an error says', () => {
    const secret = 'hunter2hunter2';
    const wrong = {
      listen: envReference('S'),
      handover: { toolGrace: envReference('S') },
      agents: { main: { model: `${envReference('S')}/x` } },
    };
    for (const value of [wrong, { agents: wrong.agents }, { listen: wrong.listen }]) {
      expect(problemsOf(value, { S: secret }).length).toBeGreaterThan(0);
      expect(JSON.stringify(problemsOf(value, { S: secret }))).not.toContain(secret);
    }
  });
});

describe('an address that others can reach', () => {
  const token = 'x'.repeat(16);
  it.each(['0.0.0.0:80', '[::]:80', '192.168.1.5:0', 'example.com:1', '127.1:80', '[::ffff:127.0.0.1]:80'])(
    '[K1] %s needs a token',
    (listen) => {
      expect(problemTexts({ listen })[0]).toMatch(
        /^listen: .* can be reached from other machines and there is no token; add/,
      );
      expect(problemTexts({ listen, auth: { tokens: [token] } })).toEqual([]);
      expect(problemTexts({ listen, auth: { people: { ann: token } } })).toEqual([]);
      expect(problemTexts({ listen, auth: { clients: { ci: { token, role: 'reader' } } } })).toEqual([]);
    },
  );

  it('[K3] has no two people, nor a person and the operator, with the same token', () => {
    const auth = { tokens: [token], people: { ann: token, ben: 'y'.repeat(16), cleo: 'y'.repeat(16) } };
    expect(problemTexts({ auth })).toEqual([
      expect.stringContaining('auth.people.ann: is the token of "auth.tokens" too'),
      expect.stringContaining('auth.people.cleo: is the token of "ben" too'),
    ]);
  });

  it('[K3] has no client with the token or the name of another holder', () => {
    const other = 'y'.repeat(16);
    const auth = {
      tokens: [token],
      people: { ann: other },
      clients: { ci: { token, role: 'reader' }, ann: { token: 'z'.repeat(16), role: 'reader' } },
    };
    expect(problemTexts({ auth })).toEqual([
      expect.stringContaining('auth.clients.ci.token: is the token of "auth.tokens" too'),
      expect.stringContaining('auth.clients.ann: is a name of "auth.people" too'),
    ]);
  });

  it('[K6] has no operator with limits, no agent that does not exist, and no other patterns than beginnings', () => {
    const problems = (client: object) =>
      problemTexts({ auth: { clients: { ci: { token, role: 'approver', ...client } } } });
    expect(problems({ sessions: ['team/*', 'ops'], agents: ['main'] })).toEqual([]);
    expect(problems({ role: 'operator' })).toEqual([]);
    expect(problems({ role: 'operator', sessions: ['team/*'] })).toEqual([
      expect.stringMatching(
        /clients.ci.role: cannot be "operator" in an entry with limits.*remove "sessions"/,
      ),
    ]);
    expect(problems({ agents: ['mian'] })).toEqual([
      expect.stringMatching(/clients.ci.agents\[0\]: there is no agent "mian".*"main"/),
    ]);
    expect(problems({ sessions: ['*/team'] })).toEqual([
      expect.stringMatching(/clients.ci.sessions\[0\]: "\*" may stand only at the end/),
    ]);
    expect(problems({ sessions: [] })).toHaveLength(1);
    expect(problems({ role: 'admin' })).toHaveLength(1);
  });

  it.each(['127.0.0.1:80', '127.9.9.9:0', '[::1]:80', 'localhost:80'])('[K1] %s needs none', (listen) => {
    expect(problemTexts({ listen })).toEqual([]);
  });
});
