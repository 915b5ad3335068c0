import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { McpWorld } from '../../support/mcp.ts';
import { configOf, FAST, loggedIn, login, open, PATIENT, refused } from './logging-in.ts';

it('[F4] a server without a login fails alone, reports the missing login, and connects after the login', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  await world.waitForReport('mcp:failed');
  expect(world.mcp.status()).toMatchObject([
    { server: 'wiki', state: 'needs_login', error: 'needs a login: run `midturn mcp login wiki`', tools: 0 },
  ]);
  expect(await world.callTool('mcp__wiki__work')).toEqual({
    type: 'error-text',
    value:
      'Not run: the MCP server "wiki" needs a login: run `midturn mcp login wiki`. Nothing was sent to it.',
  });
  await login(world);
  await world.waitUntilReady('wiki');
  expect(await world.callTool('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' });
  expect(world.mcp.status()).toMatchObject([
    { state: 'ready', tools: 1, login: { since: expect.any(Number), pending: null, last: { error: null } } },
  ]);
});

it('[F4] a server that requires a login is retried at growing intervals', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, { firstRetry: 1, longestRetry: 60_000 });
  await world.waitForReport('mcp:failed', { failures: 6 });
  expect(server.refused).toBe(6);
  expect(
    world.reports.filter(({ event }) => event === 'mcp:failed').map(({ about }) => about['retryIn']),
  ).toEqual([1, 2, 4, 8, 16, 32]);
});

it('a logout takes effect at once and removes the tokens from the disk', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  const file = join(world.folder, 'logins', 'wiki.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(world.folder, 'logins')).mode & 0o777).toBe(0o700);
  await world.mcp.endLogin('wiki');
  await world.waitForReport('mcp:lost', { error: 'its login was ended' });
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

it('[K4] another address never gets the tokens of a login', async (t) => {
  const [server, other] = [await open(t), await open(t)];
  const world = await loggedIn(t, server);
  world.mcp.applyServers({ wiki: configOf(other) });
  await refused(world);
  expect(other.authorizations).toEqual([]);
  world.mcp.applyServers({ wiki: configOf(server) });
  await world.waitForReport('mcp:ready', {}, 2);
});

it('[K4] another client or authorization server never gets the tokens of a login', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  world.mcp.applyServers({ wiki: configOf(server, { clientId: 'mine' }) });
  await refused(world);
  world.mcp.applyServers({ wiki: configOf(server, { issuer: 'https://login.example.com' }) });
  await refused(world);
  await expect(world.mcp.beginLogin('wiki')).rejects.toMatchObject({
    code: 'mcp_login_failed',
    message: expect.stringMatching(
      /names the authorization server http:\S+, the configuration \("issuer"\) https:/,
    ),
  });
});

it('uses the configured client with its secret', async (t) => {
  const server = await open(t);
  const oauth = { clientId: 'mine', clientSecret: 'secret-of-the-test', issuer: server.origin };
  const world = await loggedIn(t, server, FAST, oauth);
  server.expireAll();
  expect(await world.callTool('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' });
  expect(server.registrations).toBe(0);
  const basic = `Basic ${Buffer.from('mine:secret-of-the-test').toString('base64')}`;
  expect(server.authorizations.filter((each) => each === basic)).toHaveLength(2);
  expect(readFileSync(join(world.folder, 'logins', 'wiki.json'), 'utf8')).not.toContain('secret-of-the-test');
});

it('refuses addresses that are neither https nor on this machine', async (t) => {
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

it('redirects the browser to the configured address', async (t) => {
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

it('explains what to do when an authorization server allows no registration', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  server.metadata = { registration_endpoint: undefined };
  await expect(world.mcp.beginLogin('wiki')).rejects.toMatchObject({
    message: expect.stringContaining('name it in "tools.mcp.wiki.oauth.clientId"'),
  });
});

it('refuses a login to an unknown server or one without "oauth"', async (t) => {
  const server = await open(t);
  const { oauth: _, ...bare } = configOf(server);
  const world = new McpWorld(t, { wiki: bare }, PATIENT);
  await expect(world.mcp.beginLogin('wiki')).rejects.toMatchObject({ code: 'mcp_login_unused', status: 409 });
  await expect(world.mcp.beginLogin('wikki')).rejects.toMatchObject({
    code: 'mcp_server_not_found',
    message: expect.stringContaining('did you mean "wiki"?'),
  });
});

it('[F4] connects at once after another process has completed the login', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  await world.waitForReport('mcp:failed');
  const other = new McpWorld(t, { wiki: configOf(server) }, PATIENT, world.folder);
  await login(other);
  await world.waitUntilReady('wiki');
});
