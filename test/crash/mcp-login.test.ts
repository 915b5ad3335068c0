import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it, type TestContext, vi } from 'vitest';
import { Midturn, midturn } from '../integration/cli/midturn.ts';
import { redirectOf } from '../support/browser.ts';
import type { Daemon } from '../support/daemon.ts';
import { OAuthServer } from '../support/oauth-server.ts';
import { createScriptedAgent, startTestDaemon } from './stage.ts';

it('[F4][K4] a login continues after kill -9 between its two halves, survives another, and its secrets are stored nowhere else', async (t) => {
  const { server, daemon } = await open(t);
  const cli = new Midturn(daemon.home.root, ['mcp', 'login', 'wiki'], {}, t);
  const url = await addressOf(cli);
  await daemon.killGeneration();
  const page = await fetch(await redirectOf(url));
  expect({ status: page.status, text: await page.text() }).toEqual({
    status: 200,
    text: 'Midturn is logged in to "wiki". You can close this page.\n',
  });
  expect(page.headers.get('cache-control')).toBe('no-store');
  const ended = await cli.ended;
  expect(ended).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('Waiting.'),
    stdout: `${url}\nLogged in to wiki: connected, 1 tool.\n`,
  });
  expect(await daemon.client.sendAndWait('a', { text: 'go' }, 20)).toMatchObject({ outcome: 'answered' });
  expect(server.calls).toHaveLength(2);
  // The server repeated its token, and the journal has it without.
  const { messages } = await daemon.client.readTranscript('a');
  expect(messages.map(({ text }) => text).join()).toContain('I do not like Bearer [redacted]');

  await daemon.killGeneration();
  server.expireAll();
  await state(daemon, 'ready');
  expect(await daemon.client.sendAndWait('a', { text: 'again' }, 20)).toMatchObject({ outcome: 'answered' });
  expect(server.calls).toHaveLength(4);

  const outputs = [
    ended.stderr,
    await daemon.client.listMcpServers(),
    await daemon.client.getStatus(),
    await daemon.client.readEvents('a'),
    await midturn(daemon.home.root, ['mcp', 'ls'], { test: t }),
    await midturn(daemon.home.root, ['sessions', 'export', 'a'], { test: t }),
  ];
  await daemon.shutDown();
  const kept = readFileSync(join(daemon.home.state, 'mcp-logins', 'wiki.json'), 'utf8');
  const haystack = [JSON.stringify(outputs), ended.stdout, daemon.output, ...otherFiles(daemon)].join('\n');
  expect(server.secrets.filter((secret) => kept.includes(secret))).toHaveLength(3);
  expect(server.secrets.filter((secret) => haystack.includes(secret))).toEqual([]);
});

it('[F4] a login that started before a handover finishes after it', async (t) => {
  const { daemon } = await open(t);
  const { url } = await daemon.client.beginMcpLogin('wiki');
  const serving = daemon.waitForLog(({ msg }) => msg === 'generation:serving');
  await daemon.client.restart();
  await serving;
  expect((await fetch(await redirectOf(url))).status).toBe(200);
  await state(daemon, 'ready');
});

it('[F4] a daemon that stops stores the tokens that it has just requested', async (t) => {
  const { server, daemon } = await open(t);
  expect((await fetch(await redirectOf((await daemon.client.beginMcpLogin('wiki')).url))).status).toBe(200);
  await state(daemon, 'ready');
  await daemon.shutDown();
  server.expireAll();
  const asked = Promise.withResolvers<void>();
  server.beforeRefresh = () => {
    asked.resolve();
    // The answer takes longer than every other part of a stop.
    return setTimeout(2_000);
  };
  await daemon.startUp();
  await asked.promise;
  expect(await daemon.shutDown()).toBe(0);
  await daemon.startUp();
  await state(daemon, 'ready');
  expect({ refreshes: server.refreshes, reused: server.reused }).toEqual({ refreshes: 1, reused: 0 });
});

it('an answer that no login waits for is refused with a reason, from every client', async (t) => {
  const { daemon } = await open(t);
  const address = await redirectOf((await daemon.client.beginMcpLogin('wiki')).url);
  const forged = new URL(address);
  forged.searchParams.set('state', 'forged');
  const refused = await fetch(forged);
  expect(refused.status).toBe(400);
  expect(refused.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(await refused.text()).toMatch(/^No login waits for this answer: it was used already/);
  expect((await fetch(address)).status).toBe(200);
  expect((await fetch(address)).status).toBe(400);
});

it('the command line lists, takes a pasted address, and logs out', async (t) => {
  const { daemon } = await open(t);
  const root = daemon.home.root;
  await state(daemon, 'needs_login');
  const before = await midturn(root, ['mcp', 'ls'], { test: t });
  expect(before).toMatchObject({ code: 0 });
  expect(before.stdout).toMatch(/wiki +needs login +0 +none +run `midturn mcp login wiki`/);
  expect(before.stdout).toMatch(/gone +failed +0 +- +bad port; retry /);

  const cli = new Midturn(root, ['mcp', 'login', 'wiki'], {}, t);
  const address = await redirectOf(await addressOf(cli));
  cli.type('not an address');
  cli.type(address);
  expect(await cli.ended).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('connected, 1 tool'),
    stderr: expect.stringContaining('copy the whole content of the browser'),
  });

  const listed = await midturn(root, ['mcp', 'ls', '--json'], { test: t });
  expect(JSON.parse(listed.stdout).servers).toMatchObject([
    { server: 'wiki', state: 'ready', tools: 1, login: { since: expect.any(Number), pending: null } },
    { server: 'gone', state: 'failed' },
  ]);
  expect(await midturn(root, ['mcp', 'logout', 'wiki'], { test: t })).toMatchObject({ code: 0 });
  await state(daemon, 'needs_login');
});

it('the command line reports why a login failed', async (t) => {
  const { server, daemon } = await open(t);
  const run = (...args: string[]) => midturn(daemon.home.root, ['mcp', ...args], { test: t });
  expect(await run('login', 'wikki')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('did you mean "wiki"?'),
  });
  expect(await run('login', 'gone')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('there is no "tools.mcp.gone.oauth"'),
  });
  await daemon.client.config.patch({ tools: { mcp: { gone: { oauth: {} } } } });
  expect(await run('login', 'gone')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The login to the MCP server "gone" failed: fetch failed (bad port)'),
  });
  expect(await run('login', 'wiki', '--timeout', '1s', '--json')).toMatchObject({
    code: 75,
    stdout: expect.stringMatching(/^\{"server":"wiki","login":"\S+","url":"http/),
    stderr: expect.stringContaining('"code":"login_waits"'),
  });
  server.answer = 'no';
  const cli = new Midturn(daemon.home.root, ['mcp', 'login', 'wiki'], {}, t);
  const page = await fetch(await redirectOf(await addressOf(cli)));
  expect({ status: page.status, text: await page.text() }).toEqual({
    status: 403,
    text: expect.stringContaining('refused it (access_denied)'),
  });
  expect(await cli.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('access_denied') });
});

async function open(t: TestContext): Promise<{ server: OAuthServer; daemon: Daemon }> {
  const server = await OAuthServer.open();
  t.onTestFinished(() => server.close());
  const daemon = await startTestDaemon(t, {
    ...createScriptedAgent([
      { tools: [{ name: 'mcp__wiki__work', input: { say: 'echo' } }] },
      { tools: [{ name: 'mcp__wiki__work', input: {} }] },
      { text: 'Done.' },
    ]),
    tools: {
      mcp: {
        wiki: { type: 'http', url: server.url, oauth: {} },
        gone: { type: 'http', url: 'http://127.0.0.1:1/mcp' },
      },
    },
  });
  return { server, daemon };
}

async function addressOf(cli: Midturn): Promise<string> {
  await cli.until(/\n/);
  return cli.stdout.trim();
}

async function state({ client }: Daemon, wanted: string): Promise<void> {
  await vi.waitFor(
    async () => expect((await client.listMcpServers()).servers[0]).toMatchObject({ state: wanted }),
    { timeout: 20_000, interval: 50 },
  );
}

/** Returns the text of all stored files except the logins. */
function otherFiles({ home }: Daemon): string[] {
  return readdirSync(home.root, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && !(each.parentPath.endsWith('mcp-logins') && each.name === 'wiki.json'))
    .map((each) => readFileSync(join(each.parentPath, each.name), 'latin1'));
}
