import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, type TestContext, vi } from 'vitest';
import type { OAuthServer } from '../../support/oauth-server.ts';
import { configOf, FAST, loggedIn, login, open, refused } from './logging-in.ts';

it('renews expired tokens without a failed call', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  server.expireAll();
  expect(await world.callTool('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' });
  expect(server.refreshes).toBe(1);
  expect(world.reports.filter(({ event }) => event === 'mcp:lost')).toEqual([]);
});

it('renews a token that is about to expire before sending it', async (t) => {
  const server = await open(t);
  server.lifetime = 20;
  const world = await loggedIn(t, server);
  const { refused } = server;
  server.lifetime = 3_600;
  expect(await world.callTool('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' });
  expect(server.refreshes).toBeGreaterThan(0);
  expect(server.refused).toBe(refused);
});

it('a revoked login must be repeated, and its refresh token is tried once', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server, FAST);
  server.revokeAll();
  expect(await world.callTool('mcp__wiki__work')).toMatchObject({
    value: expect.stringMatching(/^Not run: .*needs a login.*Nothing was sent/),
  });
  await world.waitForReport('mcp:failed', { failures: 3 });
  expect(server.refreshes).toBe(1);
  expect(world.mcp.status()).toMatchObject([{ state: 'needs_login', login: { since: null } }]);
  await login(world);
  await world.waitForReport('mcp:ready', {}, 2);
  expect(server.registrations).toBe(1);
});

it('does not reuse a registration that the authorization server has forgotten', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server, FAST);
  server.revokeAll();
  server.refusal = 'invalid_client';
  await world.callTool('mcp__wiki__work');
  await refused(world);
  await login(world);
  await world.waitForReport('mcp:ready', {}, 2);
  expect(server.registrations).toBe(2);
});

it('keeps the login while the configured secret is wrong', async (t) => {
  const server = await open(t);
  const oauth = { clientId: 'configured', clientSecret: 'wrong for a while', issuer: server.origin };
  const world = await loggedIn(t, server, FAST, oauth);
  server.revokeAll();
  server.refusal = 'invalid_client';
  expect(await world.callTool('mcp__wiki__work')).toMatchObject({ type: 'error-text' });
  expect(world.mcp.status()).toMatchObject([{ login: { since: expect.any(Number) } }]);
});

it('keeps the login while renewal fails temporarily', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server, FAST);
  server.expireAll();
  server.beforeRefresh = () => Promise.reject(new Error('the network is down'));
  expect(await world.callTool('mcp__wiki__work')).toMatchObject({
    type: 'error-text',
    value: expect.stringMatching(/could not be renewed.*Nothing was sent/),
  });
  server.beforeRefresh = async () => {};
  await vi.waitFor(async () =>
    expect(await world.callTool('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' }),
  );
});

it('reports a server that refuses a renewed token', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  server.lifetime = 0;
  server.expireAll();
  expect(await world.callTool('mcp__wiki__work')).toMatchObject({
    value: expect.stringContaining(
      'it refuses a token that was just renewed (HTTP status 401). Nothing was sent',
    ),
  });
});

it('[F4] two processes renew the same expired token once', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  await world.mcp.close();
  server.expireAll();
  // Both processes are refused before either of them has a new token.
  server.beforeRefresh = () => server.waitUntil(({ refused }) => refused >= before + 2);
  const before = server.refused;
  const owners = [start(t, world.folder, server), start(t, world.folder, server)];
  await Promise.all(owners.map((owner) => said(owner, 'mcp:ready wiki')));
  expect({ refreshes: server.refreshes, reused: server.reused }).toEqual({ refreshes: 1, reused: 0 });
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
