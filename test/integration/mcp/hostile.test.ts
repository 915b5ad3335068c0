import { describe, expect, it, type TestContext } from 'vitest';
import type { Elicitation, ElicitationResult } from '../../../src/core/model/elicitation.ts';
import { askingServer, cpuShare, fixtureServer, McpWorld, ProcessMonitor } from '../../support/mcp.ts';

const FAST = { firstRetry: 1, farewell: 50, grace: 100, refresh: 20 };

/** Calls a well-behaved server many times; returns the share of time that this process was busy, from 0 to 1. */
async function livesBeside(
  t: TestContext,
  mode: string,
  calls = 50,
  start = 60_000,
): Promise<{ world: McpWorld; busy: number }> {
  const world = new McpWorld(
    t,
    { bad: fixtureServer(mode), good: fixtureServer('good') },
    { ...FAST, start },
  );
  await world.waitUntilReady('good');
  await world.callTool('mcp__good__look');
  const busy = cpuShare();
  for (let call = 0; call < calls; call += 1) {
    expect(await world.callTool('mcp__good__look', { delay: 10 })).toMatchObject({ type: 'text' });
  }
  return { world, busy: busy() };
}

describe('[F4] a hostile server', () => {
  it('that floods the daemon with notifications takes little of its time and still works', async (t) => {
    const { world, busy } = await livesBeside(t, 'flood');
    expect(busy).toBeLessThan(0.6);
    expect(process.memoryUsage().external).toBeLessThan(200_000_000);
    expect(await world.callTool('mcp__bad__look')).toMatchObject({ type: 'text' });
  });

  it('that changes its tools constantly is read at a limited rate', async (t) => {
    const { world } = await livesBeside(t, 'restless');
    const lists = world.reports.filter(
      ({ event, about }) => event === 'mcp:listed' && about['server'] === 'bad',
    );
    expect(lists.length).toBeGreaterThan(2);
    expect(lists.length).toBeLessThan(80);
  });

  for (const mode of ['silent', 'never-lists']) {
    it(`that is ${mode} is closed and tried again`, async (t) => {
      const { world } = await livesBeside(t, mode, 3, 2_000);
      const { about } = await world.waitForReport('mcp:failed', { server: 'bad' });
      expect(about['error']).toBe('it was not ready within 2 s');
    });
  }

  it('that sends an endless message is disconnected at the size limit', async (t) => {
    const { world } = await livesBeside(t, 'huge', 3);
    const { about } = await world.waitForReport('mcp:failed', { server: 'bad' });
    expect(about['error']).toBe('it sent a message of more than 8388608 bytes');
  });

  for (const mode of ['malformed', 'wrong-ids']) {
    it(`that sends ${mode} messages is still understood`, async (t) => {
      const { world } = await livesBeside(t, mode, 3);
      await world.waitUntilReady('bad');
      expect(await world.callTool('mcp__bad__look')).toMatchObject({ type: 'text' });
      expect(world.reports.some(({ event }) => event === 'mcp:noise')).toBe(true);
    });
  }

  it('that sends every kind of message with every kind of content does not break the daemon', async (t) => {
    const { world } = await livesBeside(t, 'raving', 3);
    await world.waitUntilReady('bad');
    for (let call = 0; call < 5; call += 1) {
      expect(await world.callTool('mcp__bad__look')).toEqual({ type: 'text', value: 'look did {}' });
    }
  });

  it('that asks questions endlessly is told "cancel" and takes little time', async (t) => {
    const world = new McpWorld(t, { bad: askingServer('live'), good: fixtureServer('good') }, FAST);
    await world.waitUntilReady('bad', 'good');
    const busy = cpuShare();
    let asked = 0;
    const ask = async ({ key }: Elicitation): Promise<ElicitationResult> => {
      asked += 1;
      return { key, decision: 'superseded', content: null, from: null, note: null };
    };
    const flood = world.callTool('mcp__bad__flood', {}, undefined, 'k', { ask });
    for (let call = 0; call < 20; call += 1) await world.callTool('mcp__good__look', { delay: 10 });
    expect(await flood).toMatchObject({ value: expect.stringMatching(/^5000 of 5000 were cancelled\n\[/) });
    expect(asked).toBe(5_000);
    expect(busy()).toBeLessThan(0.6);
  });

  it('that does not read its input is disconnected', async (t) => {
    const { world } = await livesBeside(t, 'deaf', 3);
    await world.waitUntilReady('bad');
    const large = { text: 'x'.repeat(5_000_000) };
    const calls = ['look', 'look', 'append', 'append'].map((tool) =>
      world.callTool(`mcp__bad__${tool}`, large),
    );
    const { about } = await world.waitForReport('mcp:lost', { server: 'bad' });
    expect(about['error']).toMatch(/^it does not read: \d+ bytes wait/);
    for (const output of await Promise.all(calls)) expect(output.type).toBe('error-text');
  });

  it('that ignores the end of its input and SIGTERM is killed with its children when the daemon closes it', async (t) => {
    const life = await ProcessMonitor.open(t);
    const env = { LIFE: life.port };
    const world = new McpWorld(
      t,
      { a: fixtureServer('stubborn', { env }), b: fixtureServer('parent', { env }) },
      FAST,
    );
    await world.waitUntilReady('a', 'b');
    await life.waitUntil(({ alive }) => alive === 3);
    await world.mcp.close();
    await life.waitUntil(({ alive }) => alive === 0);
  });
});
