import { expect, type TestContext, vi } from 'vitest';
import type { McpHttpConfig, McpLoginConfig } from '../../../src/tools/mcp/wire/config.ts';
import { answerOf } from '../../support/browser.ts';
import { McpWorld } from '../../support/mcp.ts';
import { OAuthServer } from '../../support/oauth-server.ts';

/** Sets up a server "wiki" that requires a login, and logs in to it. */

export const FAST = { firstRetry: 5, longestRetry: 20 };
/** A retry delay that is longer than any test. */
export const PATIENT = { firstRetry: 60_000 };

export async function open({ onTestFinished }: TestContext): Promise<OAuthServer> {
  const server = await OAuthServer.open();
  onTestFinished(() => server.close());
  return server;
}

export function configOf(server: OAuthServer, oauth: McpLoginConfig = {}): McpHttpConfig {
  return { type: 'http', url: server.url, headers: {}, oauth, enabled: true, effects: {} };
}

export async function loggedIn(
  t: TestContext,
  server: OAuthServer,
  timing: object = PATIENT,
  oauth: McpLoginConfig = {},
): Promise<McpWorld> {
  const world = new McpWorld(t, { wiki: configOf(server, oauth) }, timing);
  await login(world);
  await world.waitUntilReady('wiki');
  return world;
}

export async function refused(world: McpWorld): Promise<void> {
  await vi.waitFor(() =>
    expect(world.mcp.status()).toMatchObject([{ state: 'needs_login', login: { since: null } }]),
  );
}

export async function login(world: McpWorld): Promise<void> {
  await world.mcp.finishLogin(await answerOf((await world.mcp.beginLogin('wiki')).url));
}
