import { describe, expect, it } from 'vitest';
import {
  agentConfig,
  checkSource,
  envReference,
  problemsOf,
  problemTexts,
  providerConfig,
} from '../../test/support/config-check.ts';

const web = (auth: object) => ({
  type: 'http',
  url: 'https://x.y/mcp',
  auth: { clientId: 'me', issuer: 'https://x.y', ...auth },
});

describe('an invalid configuration', () => {
  it('[E3] names unknown keys with the nearest valid name, at their line and column', () => {
    const text = '{\n  "agents": {\n    "main": {\n      "modle": "scripted/echo"\n    }\n  }\n}';
    expect(() => checkSource(text)).toThrow(
      [
        'midturn.jsonc:3:5 agents.main.model: is missing; expected a string',
        'midturn.jsonc:4:7 agents.main.modle: unknown key; did you mean "model"?',
      ].join('\n'),
    );
  });

  it('[E7] reports everything at once, in the order of the file', () => {
    const found = problemsOf(
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
    expect(problemsOf(text)[0]).toMatchObject({ line, column, message });
  });

  it.each([
    [{ agent: {} }, 'agent: unknown key; did you mean "agents"?'],
    [
      providerConfig({ type: 'opnai' }),
      expect.stringMatching(/^providers.p.type: expected .* did you mean "openai"\?$/),
    ],
    [providerConfig({}), expect.stringContaining('providers.p.type: expected "openai" or')],
    [
      providerConfig({ type: 'openai', url: 'x' }),
      expect.stringContaining('providers.p.url: unknown key; the keys here are'),
    ],
    [
      providerConfig({ type: 'openai', api_key: 'x' }),
      'providers.p.api_key: unknown key; did you mean "apiKey"?',
    ],
    [
      providerConfig({ type: 'google', scripts: {} }),
      'providers.p.scripts: is not a key of type "google"; only "scripted" has it',
    ],
    [providerConfig({ type: 'openai-compatible' }), 'providers.p.baseUrl: is missing; expected a string'],
    [
      providerConfig({ type: 'openai', baseUrl: 'http://u:hush@h' }),
      'providers.p.baseUrl: a URL with a password shows up in logs; put the credential into "apiKey" or "headers"',
    ],
    [
      { providers: { 'a b': { type: 'scripted' } } },
      expect.stringContaining('providers["a b"]: a name is 1 to 64'),
    ],
    [agentConfig({ model: 'gpt' }), expect.stringContaining('agents.main.model: expected "provider/model"')],
    [
      agentConfig({ model: 'script/echo' }),
      'agents.main.model: there is no provider "script"; did you mean "scripted"?',
    ],
    [
      agentConfig({ model: 'scripted/ecko' }),
      'agents.main.model: there is no script "ecko"; did you mean "echo"?',
    ],
    [
      agentConfig({ compaction: { model: 'script/echo' } }),
      'agents.main.compaction.model: there is no provider "script"; did you mean "scripted"?',
    ],
    [
      agentConfig({ maxOutputTokens: 5_001, compaction: { window: 10_000 } }),
      expect.stringMatching(/^agents.main.maxOutputTokens: leaves less than half of the window/),
    ],
    [
      providerConfig({ type: 'anthropic' }),
      `providers.p.apiKey: is missing; write "${envReference('ANTHROPIC_API_KEY')}" and set that variable for the daemon`,
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
      'tools.mcp.a.auth.algorithm: has no effect without "privateKey"',
    ],
    [
      { tools: { mcp: { a: { type: 'http', url: 'http://mcp.example.com/', oauth: {} } } } },
      'tools.mcp.a.url: expected an https URL or one of this machine, because an attacker who reads the traffic could use the login',
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
    [
      agentConfig({ tools: { shell: 'yes' } }),
      'agents.main.tools.shell: expected "allow" or "ask" or "deny"',
    ],
    [agentConfig({ tools: ['shell', 7] }), 'agents.main.tools[1]: expected a string, got a number'],
    [{ agents: {} }, 'agents: there must be at least one agent'],
    [
      { agents: { a: { model: 'scripted/echo' }, b: { model: 'scripted/echo' } } },
      'defaultAgent: is missing: there are several agents and none is called "main"; choose one of a, b',
    ],
    [
      { ...agentConfig({}), defaultAgent: 'mian' },
      'defaultAgent: there is no agent "mian"; did you mean "main"?',
    ],
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
    [{ limits: { message: '1b' } }, 'limits.message: "1b" is too small; the minimum is "1kb"'],
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
    expect(problemTexts(value)).toContainEqual(expected);
  });

  it('has a code, a status and an exit code', () => {
    expect(() => checkSource({ listen: 1 })).toThrow(
      expect.objectContaining({ code: 'config_invalid', status: 422, exitCode: 78 }),
    );
  });
});
