import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { parseLossless } from '../../../src/util/lossless-json.ts';
import { fixtureServer, McpWorld, ProcessMonitor } from '../../support/mcp.ts';

it('[F4] a failing server affects no other, reports the reason without secrets, and is tried again', async (t) => {
  const world = new McpWorld(
    t,
    { bad: fixtureServer('dies'), good: fixtureServer('good') },
    { firstRetry: 1 },
  );
  await world.waitUntilReady('good');
  await world.waitForReport('mcp:failed', { server: 'bad', failures: 4 });
  expect(world.mcp.status()).toMatchObject([
    {
      server: 'bad',
      error: 'ended with exit status 3; its last words: no license found, [redacted]',
      tools: 0,
    },
    { server: 'good', state: 'ready', tools: 10 },
  ]);
  expect(await world.callTool('mcp__good__look')).toEqual({ type: 'text', value: 'look did {}' });
  expect(await world.callTool('mcp__bad__anything')).toMatchObject({
    type: 'error-text',
    value: expect.stringMatching(/^Not run: the MCP server "bad" is not available .*no license/),
  });
});

it('a command that does not exist is reported plainly', async (t) => {
  const world = new McpWorld(t, { gone: { ...fixtureServer('good'), command: 'no-such-program' } });
  expect((await world.waitForReport('mcp:failed')).about['error']).toMatch(/127.*no-such-program: not found/);
});

it('numbers keep their digits on the way to a server and back', async (t) => {
  const world = new McpWorld(t, { a: fixtureServer('good') });
  await world.waitUntilReady('a');
  const numbers = '{"id":1234567890123456789,"list":[1.0,-0,1e400,0.1]}';
  const output = await world.callTool('mcp__a__echo', parseLossless(numbers));
  expect(JSON.stringify(output)).toBe(`{"type":"json","value":${numbers}}`);
});

it('[F2] every call carries its idempotency key in _meta', async (t) => {
  const world = new McpWorld(t, {});
  const log = join(world.folder, 'log');
  world.mcp.applyServers({ a: fixtureServer('good', { env: { LOG: log } }) });
  await world.waitUntilReady('a');
  await world.callTool('mcp__a__put', { delay: 1 }, undefined, 'the-key');
  expect(world.readLog(log)).toEqual(['put the-key']);
});

it('[F1] annotations map to effects, and the operator overrides them', async (t) => {
  const world = new McpWorld(t, { a: fixtureServer('good') });
  await world.waitUntilReady('a');
  const effects = () => ['look', 'put', 'append'].map((name) => world.mcp.get(`mcp__a__${name}`)?.effect({}));
  expect(effects()).toEqual(['read', 'idempotent', 'write']);
  world.mcp.applyServers({
    a: fixtureServer('good', { effects: { look: 'write', append: 'idempotent' }, tools: ['look', 'append'] }),
  });
  expect(effects()).toEqual(['write', undefined, 'idempotent']);
  world.mcp.applyServers({ a: fixtureServer('good', { effects: { lok: 'write' } }) });
  expect((await world.waitForReport('mcp:unknown_tools')).about['tools']).toEqual(['lok']);
  expect(world.reports.filter(({ event }) => event === 'mcp:ready')).toHaveLength(1);
});

it('[F4] adds, changes and removes servers one by one without affecting running calls', async (t) => {
  const life = await ProcessMonitor.open(t);
  const env = { LIFE: life.port };
  const world = new McpWorld(t, {
    stays: fixtureServer('good', { env }),
    goes: fixtureServer('good', { env }),
  });
  await world.waitUntilReady('stays', 'goes');
  const unchanged = world.callTool('mcp__stays__look', { delay: 400 });
  const removed = world.callTool('mcp__goes__append', { delay: 200 });
  world.mcp.applyServers({
    stays: fixtureServer('good', { env }),
    comes: fixtureServer('good', { env: { ...env, X: '1' } }),
  });
  expect(world.mcp.get('mcp__goes__append')).toBeUndefined();
  expect(await removed).toEqual({ type: 'text', value: 'append did {"delay":200}' });
  await world.waitUntilReady('comes');
  expect(await unchanged).toMatchObject({ type: 'text' });
  await life.waitUntil(({ alive }) => alive === 2);
  expect(life.born).toBe(3);

  world.mcp.applyServers({
    stays: fixtureServer('good', { env }),
    comes: fixtureServer('good', { env: { ...env, X: '2' } }),
  });
  await world.waitForReport('mcp:ready', { server: 'comes' }, 2);
  expect(await world.callTool('mcp__comes__env')).toMatchObject({
    value: expect.stringContaining('"X":"2"'),
  });
  await life.waitUntil(({ alive, born }) => born === 4 && alive === 2);
});

it('a call that outlasts its removed server reports an unknown outcome', async (t) => {
  const world = new McpWorld(t, { a: fixtureServer('good') }, { retire: 1 });
  await world.waitUntilReady('a');
  const hanging = world.callTool('mcp__a__hang');
  world.mcp.applyServers({});
  expect(await hanging).toMatchObject({
    type: 'error-text',
    value: expect.stringMatching(/returned no result: .* It may or may not have taken effect\. Check/),
  });
});

it('a call waits for a server that is starting', async (t) => {
  const world = new McpWorld(t, { a: fixtureServer('good') });
  expect(world.toolNames()).toEqual([]);
  expect(await world.callTool('mcp__a__look')).toEqual({ type: 'text', value: 'look did {}' });
  expect(await world.callTool('mcp__a__look')).toEqual({ type: 'text', value: 'look did {}' });
});

it('the tools and effects of a known server are available at once', async (t) => {
  const first = new McpWorld(t, { a: fixtureServer('good') });
  await first.waitUntilReady('a');
  await first.mcp.close();
  const second = new McpWorld(t, {}, {}, first.folder);
  second.mcp.applyServers({ a: fixtureServer('good') });
  expect(second.mcp.get('mcp__a__put')?.effect({})).toBe('idempotent');
  expect(second.toolNames()).toHaveLength(10);
});

it('ignores a damaged or foreign tool list on disk', async (t) => {
  const first = new McpWorld(t, { a: fixtureServer('good') });
  await first.waitUntilReady('a');
  await first.mcp.close();
  const other = new McpWorld(t, {}, {}, first.folder);
  other.mcp.applyServers({ a: fixtureServer('another') });
  expect(other.toolNames()).toEqual([]);
  writeFileSync(join(first.folder, 'catalogue', 'a.json'), '{"format":1,"tools":[{}]}');
  const again = new McpWorld(t, {}, {}, first.folder);
  again.mcp.applyServers({ a: fixtureServer('good') });
  expect(again.toolNames()).toEqual([]);
});

it('notices changed tools', async (t) => {
  const world = new McpWorld(t, { a: fixtureServer('good') }, { refresh: 1 });
  await world.waitUntilReady('a');
  await world.callTool('mcp__a__change');
  await world.waitForReport('mcp:listed', {}, 2);
  expect(world.mcp.get('mcp__a__look')?.description).toContain('version 2');
});

it('when a connection breaks during a call, a write is unknown, a read is repeatable, and the server restarts', async (t) => {
  const world = new McpWorld(
    t,
    { a: fixtureServer('good', { effects: { hang: 'read' } }) },
    { firstRetry: 1 },
  );
  await world.waitUntilReady('a');
  const reading = world.callTool('mcp__a__hang');
  const dying = world.callTool('mcp__a__die');
  expect(await dying).toMatchObject({
    value: expect.stringMatching(/^die of .*"a" returned no result: .*may or may not have taken effect/),
  });
  expect(await reading).toMatchObject({
    value: expect.stringContaining('It only reads, so it can be called again.'),
  });
  expect(await world.callTool('mcp__a__look')).toEqual({ type: 'text', value: 'look did {}' });
});

it('restarts a server that closes its output but does not exit', async (t) => {
  const world = new McpWorld(t, { a: fixtureServer('good') }, { firstRetry: 1 });
  await world.waitUntilReady('a');
  const call = world.callTool('mcp__a__fall-silent');
  expect((await world.waitForReport('mcp:lost')).about['error']).toBe('it closed its output');
  expect(await call).toMatchObject({ type: 'error-text', value: expect.stringContaining('may or may not') });
  expect(await world.callTool('mcp__a__look')).toMatchObject({ type: 'text' });
});

it('[F6] a call that is cancelled or reaches its time limit is cancelled at the server and settles', async (t) => {
  const world = new McpWorld(t, {});
  const log = join(world.folder, 'log');
  world.mcp.applyServers({ a: fixtureServer('good', { env: { LOG: log }, timeout: 1234 }) });
  await world.waitUntilReady('a');
  expect(world.mcp.get('mcp__a__hang')?.timeout?.({})).toBe(1234);
  const stop = new AbortController();
  const call = world.callTool('mcp__a__hang', {}, stop.signal);
  await world.waitForReport('mcp:progress');
  stop.abort('timeout');
  expect(await call).toMatchObject({ value: expect.stringContaining('its time limit was reached') });
  await world.callTool('mcp__a__look');
  expect(world.readLog(log)).toEqual(['hang key-of-mcp__a__hang', 'cancelled ', 'look key-of-mcp__a__look']);
  expect(await world.callTool('mcp__a__look', {}, AbortSignal.abort('cancelled'))).toMatchObject({
    value: 'Not run: cancelled.',
  });
});

it('a stdio server gets the proxies and the certificate authorities of the daemon', async (t) => {
  const given = {
    ...{ HTTPS_PROXY: 'http://proxy.example:3128', no_proxy: 'intern.example' },
    NODE_EXTRA_CA_CERTS: '/etc/ssl/own.pem',
  };
  for (const [name, value] of Object.entries(given)) vi.stubEnv(name, value);
  t.onTestFinished(() => void vi.unstubAllEnvs());
  const world = new McpWorld(t, { a: fixtureServer('good') });
  await world.waitUntilReady('a');
  const output = await world.callTool('mcp__a__env');
  for (const [name, value] of Object.entries(given)) {
    expect(output).toMatchObject({ value: expect.stringContaining(`"${name}":"${value}"`) });
  }
});

it('[K4] a server gets a clean environment and its configured variables', async (t) => {
  process.env['MIDTURN_TEST_SECRET'] = 'must not be seen';
  t.onTestFinished(() => void delete process.env['MIDTURN_TEST_SECRET']);
  const world = new McpWorld(t, { a: fixtureServer('good', { env: { GIVEN: 'yes' } }) });
  await world.waitUntilReady('a');
  const output = await world.callTool('mcp__a__env');
  expect(output).toMatchObject({ value: expect.stringContaining('"GIVEN":"yes"') });
  expect(JSON.stringify(output)).not.toContain('must not be seen');
});
