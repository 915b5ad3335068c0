import { describe, expect, it } from 'vitest';
import { resolveHome } from '../../util/home.ts';
import { createMask } from '../../util/mask.ts';
import { checkConfig } from '../check/check.ts';
import { redactConfig } from './redact.ts';

const env = (name: string) => `$\{env:${name}}`;

function load(value: object, environment: Record<string, string> = {}) {
  return checkConfig(JSON.stringify(value), { home: resolveHome('/srv/midturn'), env: environment });
}

describe('[K4] redaction', () => {
  it('hides a secret as it is, inside of JSON and inside of a URL', () => {
    const secret = 'a"b\\c d/é+$&';
    const redact = createMask([secret]);
    expect(redact(`x${secret}y${secret}`)).toBe('x[redacted]y[redacted]');
    expect(redact(JSON.stringify({ secret }))).toBe('{"secret":"[redacted]"}');
    expect(redact(`?q=${encodeURIComponent(secret)}`)).toBe('?q=[redacted]');
  });

  it('hides the lines of a key that has several, and the longest secret first', () => {
    const lines = ['-----BEGIN KEY-----', 'MIIEvQIBADANBgkqhkiG9w0', 'short'];
    const redact = createMask([lines.join('\n'), 'secret', 'secret-and-more']);
    expect(redact(`read ${lines[1]}`)).toBe('read [redacted]');
    expect(redact('short')).toBe('short');
    expect(redact('secret-and-more secret')).toBe('[redacted] [redacted]');
  });

  it('leaves text alone when there is nothing to hide, or nothing worth it', () => {
    expect(createMask([])('on')).toBe('on');
    expect(createMask(['', 'on'])('on')).toBe('on');
  });
});

describe('[E13] the configuration as it is shown', () => {
  const environment = { KEY: 'key-of-the-world', TOKEN: 'token-of-the-world' };
  const loaded = load(
    {
      auth: {
        tokens: ['a-literal-token-123', env('TOKEN')],
        people: { ann: 'the-literal-token-of-ann' },
      },
      providers: {
        a: {
          type: 'openai',
          apiKey: env('KEY'),
          headers: { 'X-Api-Key': `Bearer ${env('KEY')}`, 'X-Title': 'Tern' },
        },
        b: {
          type: 'anthropic',
          apiKey: 'sk-literal-key',
          headers: { 'X-Mixed': `half-literal-${env('KEY')}` },
        },
      },
      agents: { main: { model: 'a/m', instructions: 'Never say sk-literal-key.' } },
      tools: { shell: { cwd: env('KEY'), env: { GITHUB_TOKEN: 'ghp_literal', LANG: 'C.UTF-8' } } },
    },
    environment,
  );

  it('has references as they are written and secrets masked', () => {
    expect(redactConfig(loaded)).toEqual({
      auth: { tokens: ['[redacted]', env('TOKEN')], people: { ann: '[redacted]' } },
      providers: {
        a: {
          type: 'openai',
          apiKey: env('KEY'),
          headers: { 'X-Api-Key': `Bearer ${env('KEY')}`, 'X-Title': '[redacted]' },
        },
        b: { type: 'anthropic', apiKey: '[redacted]', headers: { 'X-Mixed': '[redacted]' } },
      },
      agents: { main: { model: 'a/m', instructions: 'Never say [redacted].' } },
      tools: { shell: { cwd: env('KEY'), env: { GITHUB_TOKEN: '[redacted]', LANG: 'C.UTF-8' } } },
    });
  });

  it('names what must not be seen, and not what is harmless', () => {
    expect(loaded.secrets).toEqual(
      expect.arrayContaining([
        'a-literal-token-123',
        'token-of-the-world',
        'key-of-the-world',
        'sk-literal-key',
        'ghp_literal',
      ]),
    );
    for (const harmless of ['Tern', 'C.UTF-8', 'Never say sk-literal-key.'])
      expect(loaded.secrets).not.toContain(harmless);
  });

  it('hides the credentials of MCP servers', () => {
    const mcp = {
      files: { command: 'mcp-files', env: { API_TOKEN: 'a-literal', ROOT: '/data' }, args: [env('KEY')] },
      web: {
        type: 'http',
        url: 'https://example.com/mcp',
        headers: { Authorization: 'Bearer b-literal' },
        auth: { clientId: 'me', clientSecret: 'c-literal', issuer: 'https://example.com' },
      },
      signed: {
        type: 'http',
        url: 'https://example.com/mcp',
        auth: { clientId: 'me', assertion: 'd-literal', issuer: 'https://example.com' },
      },
    };
    const { secrets, source } = load({ tools: { mcp } }, environment);
    expect(secrets.sort()).toEqual([
      'Bearer b-literal',
      'a-literal',
      'c-literal',
      'd-literal',
      'key-of-the-world',
    ]);
    expect(JSON.stringify(redactConfig({ source, secrets }))).not.toMatch(/literal/);
  });

  it('warns of secrets that are too short to be masked, and never names them', () => {
    const { warnings, hidden } = load(
      {
        providers: { a: { type: 'openai', apiKey: env('PIN') } },
        agents: { main: { model: 'a/m' } },
        tools: {
          shell: { env: { GH_TOKEN: 'ab', MODE: 'x', REGION: 'production', DSN: 'postgres://u:pw@h/d' } },
          mcp: { m: { command: 'm', args: [env('ROOT')], env: { ANY: 'Zk81-kkq-x9' } } },
        },
      },
      { PIN: '1234', ROOT: '/usr' },
    );
    expect(warnings).toMatchObject([
      {
        path: 'providers.a.apiKey',
        message: expect.stringContaining('secret of 4 characters, which is too short'),
      },
      { path: 'tools.shell.env.GH_TOKEN', message: expect.stringContaining('secret of 2 characters') },
    ]);
    expect(JSON.stringify(warnings)).not.toContain('1234');
    expect(hidden).toEqual(expect.arrayContaining(['postgres://u:pw@h/d', 'Zk81-kkq-x9']));
    for (const shown of ['production', '/usr']) expect(hidden).not.toContain(shown);
  });

  it('takes what a path or an address refers to for harmless', () => {
    const { secrets } = load(
      { listen: env('ADDRESS'), tools: { shell: { cwd: env('HOME') } } },
      {
        ADDRESS: '127.0.0.1:8000',
        HOME: '/home/someone',
      },
    );
    expect(secrets).toEqual([]);
  });
});
