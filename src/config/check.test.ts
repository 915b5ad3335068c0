import { describe, expect, it } from 'vitest';
import { ConfigError, type ConfigProblem } from '../errors/config.ts';
import { homeAt } from '../util/home.ts';
import { type CheckedConfig, checkConfig } from './check.ts';

const home = homeAt('/srv/midturn');
const env = (name: string) => `$\{env:${name}}`;

function check(value: unknown, environment: Record<string, string> = {}): CheckedConfig {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return checkConfig(text, { home, env: environment });
}

function problems(value: unknown, environment?: Record<string, string>): readonly ConfigProblem[] {
  try {
    check(value, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** Every problem in the words of the error message, without the place. */
function complaints(value: unknown, environment?: Record<string, string>): string[] {
  return problems(value, environment).map(({ path, message, hint }) =>
    [path, [message, hint].filter(Boolean).join('; ')].join(': '),
  );
}

const agent = (more: object) => ({ agents: { main: { model: 'scripted/echo', ...more } } });
const provider = (more: object) => ({ providers: { p: more } });
const web = (auth: object) => ({
  type: 'http',
  url: 'https://x.y/mcp',
  auth: { clientId: 'me', issuer: 'https://x.y', ...auth },
});

describe('a valid configuration', () => {
  it('may be empty: one agent repeats what it is told', () => {
    for (const text of ['', '  // nothing yet\n', '{}']) {
      const { config } = check(text);
      expect(config.agents['main']).toMatchObject({ model: 'scripted/echo', tools: { '*': 'allow' } });
      expect(config.defaultAgent).toBe('main');
      expect(config.providers['scripted']).toEqual({ type: 'scripted', concurrency: 8 });
      expect(config.listen).toEqual({ host: '127.0.0.1', port: 7717 });
    }
  });

  it('has the documented defaults', () => {
    const { config } = check({});
    expect(config.limits).toEqual({
      parallelTools: 8,
      modelAttempts: 8,
      crashAttempts: 3,
      toolOutput: 16_384,
      delegateDepth: 3,
      children: 8,
      toolTimeout: 600_000,
      message: 262_144,
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
    expect(config.logging).toEqual({ level: 'info', format: 'auto' });
  });

  it('has comments, trailing commas, a byte order mark and a schema', () => {
    const { config } = check(
      '\uFEFF{ // here\n "$schema": "./midturn.schema.json", /* and */ "listen": "[::1]:0", }',
    );
    expect(config.listen).toEqual({ host: '::1', port: 0 });
    expect(config).not.toHaveProperty('$schema');
  });

  it('gives agents the general limits where they have none of their own', () => {
    const { config } = check({ limits: { modelAttempts: 2 }, ...agent({ limits: { toolOutput: '1kb' } }) });
    expect(config.agents['main']?.limits).toEqual({
      parallelTools: 8,
      modelAttempts: 2,
      crashAttempts: 3,
      toolOutput: 1024,
      delegateDepth: 3,
      children: 8,
    });
  });

  it('reads a list of tools as these and no others, a record as exceptions', () => {
    const tools = (value: unknown) => check(agent({ tools: value })).config.agents['main']?.tools;
    expect(tools(['shell'])).toEqual({ '*': 'deny', shell: 'allow' });
    expect(tools({ shell: 'deny' })).toEqual({ '*': 'allow', shell: 'deny' });
    expect(tools({ '*': 'deny', read_file: 'allow' })).toEqual({ '*': 'deny', read_file: 'allow' });
  });

  it('resolves paths against the home', () => {
    const { shell, files } = check({
      tools: { shell: { cwd: 'here' }, files: { roots: ['~', '/data', 'x/..'] } },
    }).config.tools;
    expect(shell.cwd).toBe('/srv/midturn/here');
    expect(files.roots).toEqual([expect.stringMatching(/^\/[^~]*$/), '/data', '/srv/midturn']);
  });

  it('takes an MCP server for a command unless it says otherwise', () => {
    const { mcp } = check({
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
    const { config } = check({});
    expect(config.agents['constructor']).toBeUndefined();
    expect(config.providers['toString']).toBeUndefined();
  });

  it('[E2] has a hash of its meaning', () => {
    const hash = (text: string) => check(text).hash;
    const one = hash('{"listen":"127.0.0.1:1","limits":{"turns":3,"modelAttempts":2}}');
    expect(hash('{ "limits": {"modelAttempts": 2, "turns": 3,}, // x\n "listen": "127.0.0.1:1" }')).toBe(one);
    expect(hash('{"listen":"127.0.0.1:2","limits":{"turns":3,"modelAttempts":2}}')).not.toBe(one);
  });
});

describe('an invalid configuration', () => {
  it('[E3] names unknown keys with the nearest valid name, at their line and column', () => {
    const text = '{\n  "agents": {\n    "main": {\n      "modle": "scripted/echo"\n    }\n  }\n}';
    expect(() => check(text)).toThrow(
      [
        'midturn.jsonc:3:5 agents.main.model: is missing; expected a string',
        'midturn.jsonc:4:7 agents.main.modle: unknown key; did you mean "model"?',
      ].join('\n'),
    );
  });

  it('[E7] reports everything at once, in the order of the file', () => {
    const found = problems(
      '{"listen": 7717,\n"limits": {"turns": 0},\n"logging": {"level": "inof"}, "nonsense": 1}',
    );
    expect(found.map(({ line, column, path }) => [line, column, path])).toEqual([
      [1, 12, 'listen'],
      [2, 21, 'limits.turns'],
      [3, 22, 'logging.level'],
      [3, 31, 'nonsense'],
    ]);
  });

  it.each([
    ['{"a": 1 "b": 2}', 1, 9, 'expected "," before this'],
    ['{"a": \n tru}', 2, 2, 'this is not JSON; strings and names need double quotes'],
    ['{\r\n\r\n "a" 1}', 3, 6, 'expected ":" after the name'],
    ['{"a": 1', 1, 8, 'expected "}": an object is not closed'],
    ['/* never\n ends', 1, 1, 'a comment is not closed; expected "*/"'],
    ['[]', 1, 1, 'expected an object, got a list'],
    ['{"limits": {}, "limits": {}}', 1, 16, 'is written twice'],
    ['{"agents": {"__proto__": {}}}', 1, 13, 'cannot be used as a name'],
    ['['.repeat(100_000), 1, 65, 'nested more than 64 levels deep'],
  ])('[E7] %.30j: line and column', (text, line, column, message) => {
    expect(problems(text)[0]).toMatchObject({ line, column, message });
  });

  it.each([
    [{ agent: {} }, 'agent: unknown key; did you mean "agents"?'],
    [
      provider({ type: 'opnai' }),
      expect.stringMatching(/^providers.p.type: expected .* did you mean "openai"\?$/),
    ],
    [provider({}), expect.stringContaining('providers.p.type: expected "openai" or')],
    [
      provider({ type: 'openai', url: 'x' }),
      expect.stringContaining('providers.p.url: unknown key; the keys here are'),
    ],
    [provider({ type: 'openai', api_key: 'x' }), 'providers.p.api_key: unknown key; did you mean "apiKey"?'],
    [
      provider({ type: 'google', scripts: {} }),
      'providers.p.scripts: is not a key of type "google"; only "scripted" has it',
    ],
    [provider({ type: 'openai-compatible' }), 'providers.p.baseUrl: is missing; expected a string'],
    [
      provider({ type: 'openai', baseUrl: 'http://u:hush@h' }),
      'providers.p.baseUrl: a URL with a password shows up in logs; put the credential into "apiKey" or "headers"',
    ],
    [
      { providers: { 'a b': { type: 'scripted' } } },
      expect.stringContaining('providers["a b"]: a name is 1 to 64'),
    ],
    [agent({ model: 'gpt' }), expect.stringContaining('agents.main.model: expected "provider/model"')],
    [
      agent({ model: 'script/echo' }),
      'agents.main.model: there is no provider "script"; did you mean "scripted"?',
    ],
    [agent({ model: 'scripted/ecko' }), 'agents.main.model: there is no script "ecko"; did you mean "echo"?'],
    [
      agent({ compaction: { model: 'script/echo' } }),
      'agents.main.compaction.model: there is no provider "script"; did you mean "scripted"?',
    ],
    [
      agent({ maxOutputTokens: 5_001, compaction: { window: 10_000 } }),
      expect.stringMatching(/^agents.main.maxOutputTokens: leaves less than half of the window/),
    ],
    [
      provider({ type: 'anthropic' }),
      `providers.p.apiKey: is missing; write "${env('ANTHROPIC_API_KEY')}" and set that variable for the daemon`,
    ],
    [
      { tools: { mcp: { a: { command: 'x', url: 'https://x.y' } } } },
      'tools.mcp.a.url: is not a key of the default type; only "http" has it',
    ],
    [
      { tools: { mcp: { a: { type: 'htp' } } } },
      'tools.mcp.a.type: expected "stdio" or "http"; did you mean "http"?',
    ],
    [
      { tools: { mcp: { a__b: { command: 'x' } } } },
      'tools.mcp.a__b: expected letters and digits, with single "_" or "-" between them',
    ],
    [
      { tools: { mcp: { a: web({ clientSecret: 'a-secret', assertion: 'a-token' }) } } },
      'tools.mcp.a.auth.assertion: stands beside "clientSecret"; one of them is enough',
    ],
    [
      { tools: { mcp: { a: web({}) } } },
      'tools.mcp.a.auth.clientSecret: is missing; or give "privateKey" or "assertion"',
    ],
    [
      { tools: { mcp: { a: web({ privateKey: 'not a key' }) } } },
      'tools.mcp.a.auth.privateKey: expected a private key in PEM form without a passphrase; a reference to its file will do',
    ],
    [
      { tools: { mcp: { a: web({ clientSecret: 'a-secret', algorithm: 'RS256' }) } } },
      'tools.mcp.a.auth.algorithm: is of no use without "privateKey"',
    ],
    [
      { tools: { mcp: { a: { type: 'http', url: 'http://mcp.example.com/', oauth: {} } } } },
      'tools.mcp.a.url: expected an https URL, or one of this machine: whoever reads what is sent could use the login',
    ],
    [
      { tools: { mcp: { a: { ...web({ clientSecret: 'a-secret' }), oauth: {} } } } },
      'tools.mcp.a.oauth: stands beside "auth"; keep "auth" for a client of its own, or "oauth" for a person who logs in',
    ],
    [
      {
        tools: {
          mcp: {
            a: { type: 'http', url: 'https://x.y/', oauth: { clientSecret: 'a-secret', clientId: 'me' } },
          },
        },
      },
      'tools.mcp.a.oauth.issuer: is missing; it says which authorization server may see the secret',
    ],
    [
      { tools: { mcp: { a: { type: 'http', url: 'https://x.y/', oauth: { redirectUrl: 'http://x.y/' } } } } },
      'tools.mcp.a.oauth.redirectUrl: expected an https URL, or one of this machine (http://127.0.0.1 …)',
    ],
    [agent({ tools: { shell: 'yes' } }), 'agents.main.tools.shell: expected "allow" or "ask" or "deny"'],
    [agent({ tools: ['shell', 7] }), 'agents.main.tools[1]: expected a string, got a number'],
    [{ agents: {} }, 'agents: there must be at least one agent'],
    [
      { agents: { a: { model: 'scripted/echo' }, b: { model: 'scripted/echo' } } },
      'defaultAgent: is missing: there are several agents and none is called "main"; choose one of a, b',
    ],
    [{ ...agent({}), defaultAgent: 'mian' }, 'defaultAgent: there is no agent "mian"; did you mean "main"?'],
    [
      { handover: { drainCap: '30s' } },
      'handover.modelGrace: must be shorter than "handover.drainCap"; shorten it or raise the cap',
    ],
    [
      { handover: { modelGrace: 20 } },
      'handover.modelGrace: a duration is a string with a unit (ms, s, m, h or d); write "20s"',
    ],
    [
      { handover: { modelGrace: '20000' } },
      'handover.modelGrace: a duration is a string with a unit (ms, s, m, h or d); write "20s"',
    ],
    [
      { limits: { message: 65_536 } },
      'limits.message: a size is a string with a unit (b, kb, mb or gb); write "64kb"',
    ],
    [{ limits: { message: '1b' } }, 'limits.message: "1b" is too little; the least is "1kb"'],
    [{ limits: { turns: 1.5 } }, 'limits.turns: expected a whole number, got a fraction'],
    [{ limits: { turns: 0 } }, 'limits.turns: must be at least 1'],
    [{ listen: ':7717' }, 'listen: ":7717" has no host; write "0.0.0.0:7717" to listen on every address'],
    [{ listen: '7717' }, expect.stringContaining('listen: "7717" is not an address; write "host:port"')],
    [{ listen: '127.0.0.1:77170' }, 'listen: port 77170 is out of range; ports end at 65535'],
    [
      { auth: { tokens: ['short'] } },
      expect.stringContaining('auth.tokens[0]: a token has at least 16 characters'),
    ],
  ])('%j is explained', (value, expected) => {
    expect(complaints(value)).toContainEqual(expected);
  });

  it('has a code, a status and an exit code', () => {
    expect(() => check({ listen: 1 })).toThrow(
      expect.objectContaining({ code: 'config_invalid', status: 422, exitCode: 78 }),
    );
  });
});

describe('references', () => {
  it('[E13] stand for variables, also inside of a text; $$ takes the meaning away', () => {
    const { config, secrets } = check(
      {
        ...provider({ type: 'openai', apiKey: env('KEY'), headers: { 'X-Auth': `Bearer ${env('TOKEN')}` } }),
        ...agent({ instructions: `Write $${env('KEY')} and $5.` }),
      },
      { KEY: 'key-123456', TOKEN: 'token-123456' },
    );
    expect(config.providers['p']).toMatchObject({
      apiKey: 'key-123456',
      headers: { 'X-Auth': 'Bearer token-123456' },
    });
    expect(config.agents['main']?.instructions).toBe(`Write ${env('KEY')} and $5.`);
    expect(secrets).toEqual(['key-123456', 'token-123456', 'Bearer token-123456']);
  });

  it('that cannot be resolved are named once, others still resolved', () => {
    expect(complaints({ listen: env('ADDRESS'), logging: { level: env('constructor') } })).toEqual([
      'listen: the environment has no ADDRESS; set it where the daemon is started',
      'logging.level: the environment has no constructor; set it where the daemon is started',
    ]);
    expect(complaints({ listen: `$\{ENV}` })[0]).toMatch(
      /^listen: has something in "\$\{…\}" that is not a reference/,
    );
    expect(complaints({ listen: `$\{env:X` })).toEqual(['listen: a reference is not closed; expected "}"']);
  });

  it('[K4] are never expanded into what an error says', () => {
    const secret = 'hunter2hunter2';
    const wrong = {
      listen: env('S'),
      handover: { toolGrace: env('S') },
      agents: { main: { model: `${env('S')}/x` } },
    };
    for (const value of [wrong, { agents: wrong.agents }, { listen: wrong.listen }]) {
      expect(problems(value, { S: secret }).length).toBeGreaterThan(0);
      expect(JSON.stringify(problems(value, { S: secret }))).not.toContain(secret);
    }
  });
});

describe('an address that others can reach', () => {
  const token = 'x'.repeat(16);
  it.each(['0.0.0.0:80', '[::]:80', '192.168.1.5:0', 'example.com:1', '127.1:80', '[::ffff:127.0.0.1]:80'])(
    '[K1] %s needs a token',
    (listen) => {
      expect(complaints({ listen })[0]).toMatch(
        /^listen: .* can be reached from other machines and there is no token; add/,
      );
      expect(complaints({ listen, auth: { tokens: [token] } })).toEqual([]);
      expect(complaints({ listen, auth: { people: { ann: token } } })).toEqual([]);
    },
  );

  it('[K3] has no two people, nor a person and the operator, with the same token', () => {
    const auth = { tokens: [token], people: { ann: token, ben: 'y'.repeat(16), cleo: 'y'.repeat(16) } };
    expect(complaints({ auth })).toEqual([
      expect.stringContaining('auth.people.ann: is the token of "auth.tokens" too'),
      expect.stringContaining('auth.people.cleo: is the token of "ben" too'),
    ]);
  });

  it.each(['127.0.0.1:80', '127.9.9.9:0', '[::1]:80', 'localhost:80'])('[K1] %s needs none', (listen) => {
    expect(complaints({ listen })).toEqual([]);
  });
});
