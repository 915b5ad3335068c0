import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, type TestContext } from 'vitest';
import { createMemoryJournal } from '../../../src/journal/memory/memory.ts';
import { storeFile, toFilePart } from '../../../src/journal/store-file.ts';
import type { McpServerConfig } from '../../../src/tools/mcp/wire/config.ts';
import type { ToolContext } from '../../../src/tools/port/tool.ts';
import { McpWorld, referenceServer } from '../../support/mcp.ts';

const everything = fileURLToPath(
  new URL('../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js', import.meta.url),
);

it('[F4] servers start in parallel, and annotations decide the effects of their tools', async (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'midturn-fs-')));
  const world = new McpWorld(t, {
    everything: referenceServer('everything', ['stdio']),
    files: referenceServer('filesystem', [folder]),
    memory: referenceServer('memory', [], { env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') } }),
  });
  expect(world.mcp.status().map(({ state }) => state)).toEqual(['starting', 'starting', 'starting']);
  await world.waitUntilReady('everything', 'files', 'memory');
  expect(world.mcp.status()).toMatchObject([
    { server: 'everything', state: 'ready' },
    { server: 'files', state: 'ready' },
    { server: 'memory', state: 'ready', tools: 9 },
  ]);
  const effects = ['mcp__files__read_text_file', 'mcp__files__write_file', 'mcp__files__edit_file'].map(
    (name) => world.mcp.get(name)?.effect({}),
  );
  expect(effects).toEqual(['read', 'idempotent', 'write']);

  await world.callTool('mcp__files__write_file', { path: join(folder, 'a.txt'), content: 'by MCP' });
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('by MCP');
  expect(await world.callTool('mcp__files__read_text_file', { path: '/etc/passwd' })).toMatchObject({
    type: 'error-text',
    value: expect.stringContaining('outside allowed directories'),
  });
  await world.callTool('mcp__memory__create_entities', {
    entities: [{ name: 'Midturn', entityType: 'daemon', observations: ['keeps turns'] }],
  });
  expect(await world.callTool('mcp__memory__read_graph')).toMatchObject({
    value: expect.stringContaining('keeps turns'),
  });
});

for (const [kind, connect] of [
  ['stdio', () => referenceServer('everything', ['stdio'])],
  ['streamable HTTP', httpEverything],
] as const) {
  it(`[F4] [N7] texts, images, resources, structure and errors arrive over ${kind}`, async (t) => {
    const world = new McpWorld(t, { all: await connect(t) });
    await world.waitUntilReady('all');
    expect(await world.callTool('mcp__all__echo', { message: 'hello' })).toEqual({
      type: 'text',
      value: 'Echo: hello',
    });
    expect(await world.callTool('mcp__all__get-tiny-image')).toMatchObject({
      value: expect.stringMatching(/\[image: image\/png, \d+ bytes\]/),
    });
    const journal = createMemoryJournal();
    const keep: ToolContext['storeFile'] = async (file) =>
      toFilePart(await storeFile(journal, file, 1_000_000, 0));
    const image = await world.callTool('mcp__all__get-tiny-image', {}, undefined, 'k', { storeFile: keep });
    expect(image).toMatchObject({
      type: 'content',
      value: [{ type: 'text' }, { type: 'file', mediaType: 'image/png', name: 'file.png' }, { type: 'text' }],
    });
    expect(await world.callTool('mcp__all__get-structured-content', { location: 'Chicago' })).toMatchObject({
      value: expect.stringContaining('"humidity":82'),
    });
    expect(
      await world.callTool('mcp__all__get-resource-reference', { resourceType: 'Text', resourceId: 1 }),
    ).toMatchObject({
      value: expect.stringMatching(/\[resource demo:\/\/resource\/dynamic\/text\/1\]\n.*Resource 1/),
    });
    expect(await world.callTool('mcp__all__get-resource-links', { count: 2 })).toMatchObject({
      value: expect.stringMatching(/\[resource demo:\/\/resource.*text\/plain/),
    });
    expect(await world.callTool('mcp__all__echo', { message: 7 })).toMatchObject({ type: 'error-text' });
  });

  it(`a call over ${kind} reports progress and is cancelled at the server`, async (t) => {
    const world = new McpWorld(t, { all: await connect(t) });
    await world.waitUntilReady('all');
    const stop = new AbortController();
    const call = world.callTool(
      'mcp__all__trigger-long-running-operation',
      { duration: 60, steps: 600 },
      stop.signal,
    );
    await world.waitForReport('mcp:progress');
    stop.abort('cancelled');
    expect(await call).toMatchObject({
      type: 'error-text',
      value: expect.stringContaining('it was cancelled'),
    });
    expect(await world.callTool('mcp__all__echo', { message: 'still here' })).toMatchObject({ type: 'text' });
  });
}

/** The same server over HTTP, in its own process. */
async function httpEverything(t: TestContext): Promise<McpServerConfig> {
  const port = await freePort();
  const child = spawn(process.execPath, [everything, 'streamableHttp'], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.onTestFinished(() => void child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stderr })) if (/listening/i.test(line)) break;
  return { type: 'http', url: `http://127.0.0.1:${port}/mcp`, headers: {}, effects: {}, enabled: true };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}
