import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, type TestContext, vi } from 'vitest';
import type { McpHttpConfig, McpLoginConfig } from '../../../src/tools/mcp/config.ts';
import { answerOf } from '../../support/browser.ts';
import { McpWorld } from '../../support/mcp.ts';
import { OAuthServer } from '../../support/oauth-server.ts';

const FAST = { firstRetry: 5, longestRetry: 20 };
/** Whoever waits for a retry with this does not see the end of the test. */
const PATIENT = { firstRetry: 60_000 };

it('[F4] a server that nobody is logged in to fails alone, says so, and is connected when somebody has', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  await world.heard('mcp:failed');
  expect(world.mcp.status()).toMatchObject([
    { server: 'wiki', state: 'needs_login', error: 'needs a login: run `midturn mcp login wiki`', tools: 0 },
  ]);
  expect(await world.call('mcp__wiki__work')).toEqual({
    type: 'error-text',
    value:
      'Not run: the MCP server "wiki" needs a login: run `midturn mcp login wiki`. Nothing was sent to it.',
  });
  await login(world);
  await world.ready('wiki');
  expect(await world.call('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' });
  expect(world.mcp.status()).toMatchObject([
    { state: 'ready', tools: 1, login: { since: expect.any(Number), pending: null, last: { error: null } } },
  ]);
});

it('[F4] a server that wants a login is asked less and less often', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, { firstRetry: 1, longestRetry: 60_000 });
  await world.heard('mcp:failed', { failures: 6 });
  expect(server.refused).toBe(6);
  expect(
    world.reports.filter(({ event }) => event === 'mcp:failed').map(({ about }) => about['retryIn']),
  ).toEqual([1, 2, 4, 8, 16, 32]);
});

it('tokens that have ended are renewed without anybody noticing', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  server.expireAll();
  expect(await world.call('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' });
  expect(server.refreshes).toBe(1);
  expect(world.reports.filter(({ event }) => event === 'mcp:lost')).toEqual([]);
});

it('a token that is about to end is renewed before it is sent', async (t) => {
  const server = await open(t);
  server.lifetime = 20;
  const world = await loggedIn(t, server);
  const { refused } = server;
  server.lifetime = 3_600;
  expect(await world.call('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' });
  expect(server.refreshes).toBeGreaterThan(0);
  expect(server.refused).toBe(refused);
});

it('a login that was revoked has to be made again, and the refresh token is tried once', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server, FAST);
  server.revokeAll();
  expect(await world.call('mcp__wiki__work')).toMatchObject({
    value: expect.stringMatching(/^Not run: .*needs a login.*Nothing was sent/),
  });
  await world.heard('mcp:failed', { failures: 3 });
  expect(server.refreshes).toBe(1);
  expect(world.mcp.status()).toMatchObject([{ state: 'needs_login', login: { since: null } }]);
  await login(world);
  await world.heard('mcp:ready', {}, 2);
  expect(server.registrations).toBe(1);
});

it('a registration that the authorization server has forgotten is not used for the next login', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server, FAST);
  server.revokeAll();
  server.refusal = 'invalid_client';
  await world.call('mcp__wiki__work');
  await refused(world);
  await login(world);
  await world.heard('mcp:ready', {}, 2);
  expect(server.registrations).toBe(2);
});

it('a secret of the configuration that is wrong for a while costs no login', async (t) => {
  const server = await open(t);
  const oauth = { clientId: 'configured', clientSecret: 'wrong for a while', issuer: server.origin };
  const world = await loggedIn(t, server, FAST, oauth);
  server.revokeAll();
  server.refusal = 'invalid_client';
  expect(await world.call('mcp__wiki__work')).toMatchObject({ type: 'error-text' });
  expect(world.mcp.status()).toMatchObject([{ login: { since: expect.any(Number) } }]);
});

it('a refresh that fails for a while costs no login', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server, FAST);
  server.expireAll();
  server.beforeRefresh = () => Promise.reject(new Error('the network is down'));
  expect(await world.call('mcp__wiki__work')).toMatchObject({
    type: 'error-text',
    value: expect.stringMatching(/could not be renewed.*Nothing was sent/),
  });
  server.beforeRefresh = async () => {};
  await vi.waitFor(async () =>
    expect(await world.call('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' }),
  );
});

it('an answer counts once, and only with the state of the login that waits', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  const first = await answerOf((await world.mcp.beginLogin('wiki')).url);
  const { url, login } = await world.mcp.beginLogin('wiki');
  const answer = await answerOf(url);
  const unknown = { code: 'mcp_login_unknown', status: 400 };
  await expect(world.mcp.finishLogin(first)).rejects.toMatchObject(unknown);
  await expect(world.mcp.finishLogin(new URLSearchParams({ code: 'x', state: 'x' }))).rejects.toMatchObject(
    unknown,
  );
  await expect(world.mcp.finishLogin(new URLSearchParams())).rejects.toMatchObject(unknown);
  expect(await world.mcp.finishLogin(answer)).toBe('wiki');
  await expect(world.mcp.finishLogin(answer)).rejects.toMatchObject(unknown);
  expect(world.mcp.status()).toMatchObject([{ login: { last: { login, error: null } } }]);
});

it('an answer that comes too late is refused, and not used', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  const answer = await answerOf((await world.mcp.beginLogin('wiki')).url);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * 60_000 });
  t.onTestFinished(() => void vi.useRealTimers());
  await expect(world.mcp.finishLogin(answer)).rejects.toMatchObject({
    code: 'mcp_login_expired',
    status: 410,
    message: expect.stringContaining('longer than 10 minutes'),
  });
  await expect(world.mcp.finishLogin(answer)).rejects.toMatchObject({ code: 'mcp_login_unknown' });
});

it('a person who says no changes nothing', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  server.answer = 'no';
  await expect(login(world)).rejects.toMatchObject({
    code: 'mcp_login_refused',
    status: 403,
    message: expect.stringContaining('access_denied'),
  });
  expect(world.mcp.status()).toMatchObject([
    {
      state: 'ready',
      login: { since: expect.any(Number), last: { error: expect.stringContaining('access_denied') } },
    },
  ]);
  expect(await world.call('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' });
});

it('[K4] what goes wrong is told without what was sent', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  const answer = await answerOf((await world.mcp.beginLogin('wiki')).url);
  const code = answer.get('code') ?? '';
  answer.set('code', `${code}-forged`);
  const error: Error = await world.mcp.finishLogin(answer).then(
    () => new Error('it was taken'),
    (thrown: Error) => thrown,
  );
  expect(error).toMatchObject({
    code: 'mcp_login_refused',
    message: expect.stringContaining('invalid_grant'),
  });
  expect(`${error.message} ${JSON.stringify(world.reports)}`).not.toContain(code);
});

it('[K7] an authorization server that has no word but a book for what it refuses is not quoted', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  const answer = await answerOf((await world.mcp.beginLogin('wiki')).url);
  server.refusal = `the code ${answer.get('code')} is not good. `.repeat(1_000);
  answer.set('code', 'forged');
  await expect(world.mcp.finishLogin(answer)).rejects.toMatchObject({
    code: 'mcp_login_refused',
    message: expect.stringContaining('(it gave no reason)'),
  });
});

it('somebody who logs out is out at once, and the tokens are gone from the disk', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  const file = join(world.folder, 'logins', 'wiki.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(world.folder, 'logins')).mode & 0o777).toBe(0o700);
  await world.mcp.endLogin('wiki');
  await world.heard('mcp:lost', { error: 'its login was ended' });
  await refused(world);
  expect(existsSync(file)).toBe(false);
  const left = readdirSync(world.folder, { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  for (const each of left) {
    const text = readFileSync(join(each.parentPath, each.name), 'latin1');
    for (const secret of server.secrets) expect(text).not.toContain(secret);
  }
});

it('[K4] a login is for one address: another never sees its tokens', async (t) => {
  const [server, other] = [await open(t), await open(t)];
  const world = await loggedIn(t, server);
  world.mcp.apply({ wiki: configOf(other) });
  await refused(world);
  expect(other.authorizations).toEqual([]);
  world.mcp.apply({ wiki: configOf(server) });
  await world.heard('mcp:ready', {}, 2);
});

it('[K4] nor does another client, or another authorization server', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  world.mcp.apply({ wiki: configOf(server, { clientId: 'mine' }) });
  await refused(world);
  world.mcp.apply({ wiki: configOf(server, { issuer: 'https://login.example.com' }) });
  await refused(world);
  await expect(world.mcp.beginLogin('wiki')).rejects.toMatchObject({
    code: 'mcp_login_failed',
    message: expect.stringMatching(
      /names the authorization server http:\S+, the configuration \("issuer"\) https:/,
    ),
  });
});

it('the client of the configuration is used where there is one, with its secret', async (t) => {
  const server = await open(t);
  const oauth = { clientId: 'mine', clientSecret: 'secret-of-the-test', issuer: server.origin };
  const world = await loggedIn(t, server, FAST, oauth);
  server.expireAll();
  expect(await world.call('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' });
  expect(server.registrations).toBe(0);
  const basic = `Basic ${Buffer.from('mine:secret-of-the-test').toString('base64')}`;
  expect(server.authorizations.filter((each) => each === basic)).toHaveLength(2);
  expect(readFileSync(join(world.folder, 'logins', 'wiki.json'), 'utf8')).not.toContain('secret-of-the-test');
});

it('a server cannot send us anywhere else: only encrypted, or on this machine', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  server.resourceMetadata = { authorization_servers: ['http://192.0.2.1/'] };
  await expect(world.mcp.beginLogin('wiki')).rejects.toMatchObject({
    message: expect.stringContaining('leads to http://192.0.2.1/.well-known/oauth-authorization-server'),
  });
  server.resourceMetadata = {};
  server.metadata = { authorization_endpoint: 'http://192.0.2.1/authorize' };
  await expect(world.mcp.beginLogin('wiki')).rejects.toMatchObject({
    message: expect.stringContaining('leads to http://192.0.2.1/authorize'),
  });
});

it('an answer of another authorization server is not believed, nor what it says repeated', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  server.metadata = { authorization_response_iss_parameter_supported: true };
  for (const iss of [undefined, 'https://evil.example']) {
    const answer = await answerOf((await world.mcp.beginLogin('wiki')).url);
    answer.set('error_description', 'call this number');
    if (iss !== undefined) answer.set('iss', iss);
    const error: unknown = await world.mcp.finishLogin(answer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'mcp_login_failed', message: expect.not.stringContaining('number') });
  }
  expect(world.mcp.status()).toMatchObject([{ state: 'needs_login', login: { since: null } }]);
});

it('the browser is sent back to where the configuration says', async (t) => {
  const server = await open(t);
  const redirectUrl = 'https://midturn.example.com/v1/mcp/callback';
  const world = new McpWorld(t, { wiki: configOf(server, { redirectUrl, scope: 'read write' }) }, PATIENT);
  const { searchParams } = new URL((await world.mcp.beginLogin('wiki')).url);
  expect(Object.fromEntries(searchParams)).toMatchObject({
    redirect_uri: redirectUrl,
    scope: 'read write',
    code_challenge_method: 'S256',
    resource: server.url,
  });
});

it('a server that refuses a new token too is said to', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  server.lifetime = 0;
  server.expireAll();
  expect(await world.call('mcp__wiki__work')).toMatchObject({
    value: expect.stringContaining('it refuses a token that is new (HTTP status 401). Nothing was sent'),
  });
});

it('an authorization server that registers nobody: what to do is said', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  server.metadata = { registration_endpoint: undefined };
  await expect(world.mcp.beginLogin('wiki')).rejects.toMatchObject({
    message: expect.stringContaining('name it in "tools.mcp.wiki.oauth.clientId"'),
  });
});

it('a server without "oauth", or none of that name, cannot be logged in to', async (t) => {
  const server = await open(t);
  const { oauth: _, ...bare } = configOf(server);
  const world = new McpWorld(t, { wiki: bare }, PATIENT);
  await expect(world.mcp.beginLogin('wiki')).rejects.toMatchObject({ code: 'mcp_login_unused', status: 409 });
  await expect(world.mcp.beginLogin('wikki')).rejects.toMatchObject({
    code: 'mcp_server_not_found',
    message: expect.stringContaining('did you mean "wiki"?'),
  });
});

it('[F4] two processes that find the same token ended renew it once', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  await world.mcp.close();
  server.expireAll();
  // Both have been refused before one of them has a new token.
  server.beforeRefresh = () => server.until(({ refused }) => refused >= before + 2);
  const before = server.refused;
  const owners = [start(t, world.folder, server), start(t, world.folder, server)];
  await Promise.all(owners.map((owner) => said(owner, 'mcp:ready wiki')));
  expect({ refreshes: server.refreshes, reused: server.reused }).toEqual({ refreshes: 1, reused: 0 });
});

it('[F4] a login that another process has finished connects this one at once', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  await world.heard('mcp:failed');
  const other = new McpWorld(t, { wiki: configOf(server) }, PATIENT, world.folder);
  await login(other);
  await world.ready('wiki');
});

function start({ onTestFinished }: TestContext, folder: string, server: OAuthServer): ChildProcess {
  const owner = fileURLToPath(new URL('../../fixtures/mcp/owner.ts', import.meta.url));
  const args = [owner, JSON.stringify({ wiki: configOf(server) }), folder];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function said(child: ChildProcess, line: string): Promise<void> {
  if (!child.stdout) throw new Error('it has no output');
  const lines = createInterface({ input: child.stdout });
  for await (const each of lines) if (each === line) return;
  throw new Error(`it ended without "${line}"`);
}

async function open({ onTestFinished }: TestContext): Promise<OAuthServer> {
  const server = await OAuthServer.open();
  onTestFinished(() => server.close());
  return server;
}

function configOf(server: OAuthServer, oauth: McpLoginConfig = {}): McpHttpConfig {
  return { type: 'http', url: server.url, headers: {}, oauth, enabled: true, effects: {} };
}

async function loggedIn(
  t: TestContext,
  server: OAuthServer,
  timing: object = PATIENT,
  oauth: McpLoginConfig = {},
): Promise<McpWorld> {
  const world = new McpWorld(t, { wiki: configOf(server, oauth) }, timing);
  await login(world);
  await world.ready('wiki');
  return world;
}

async function refused(world: McpWorld): Promise<void> {
  await vi.waitFor(() =>
    expect(world.mcp.status()).toMatchObject([{ state: 'needs_login', login: { since: null } }]),
  );
}

async function login(world: McpWorld): Promise<void> {
  await world.mcp.finishLogin(await answerOf((await world.mcp.beginLogin('wiki')).url));
}
