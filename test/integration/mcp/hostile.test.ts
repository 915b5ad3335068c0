import { performance } from 'node:perf_hooks';
import { describe, expect, it, type TestContext } from 'vitest';
import { fixture, LifeLine, McpWorld } from '../../support/mcp.ts';

const FAST = { start: 500, firstRetry: 1, farewell: 50, grace: 100, refresh: 20 };

/** Calls a well-behaved neighbour many times and returns how busy our event loop was, from 0 to 1. */
async function livesBeside(
  t: TestContext,
  mode: string,
  calls = 50,
): Promise<{ world: McpWorld; busy: number }> {
  const world = new McpWorld(t, { bad: fixture(mode), good: fixture('good') }, FAST);
  await world.ready('good');
  await world.call('mcp__good__look');
  const before = performance.eventLoopUtilization();
  for (let call = 0; call < calls; call += 1) {
    expect(await world.call('mcp__good__look', { delay: 10 })).toMatchObject({ type: 'text' });
  }
  return { world, busy: performance.eventLoopUtilization(before).utilization };
}

describe('[F4] a hostile server', () => {
  it('that floods us with notifications costs little of our time and still works', async (t) => {
    const { world, busy } = await livesBeside(t, 'flood');

    expect(busy).toBeLessThan(0.6);
    expect(process.memoryUsage().external).toBeLessThan(200_000_000);
    expect(await world.call('mcp__bad__look')).toMatchObject({ type: 'text' });
  });

  it('that changes its tools all the time is read once in a while', async (t) => {
    const { world } = await livesBeside(t, 'restless');
    const lists = world.reports.filter(
      ({ event, about }) => event === 'mcp:listed' && about['server'] === 'bad',
    );
    expect(lists.length).toBeGreaterThan(2);
    expect(lists.length).toBeLessThan(80);
  });

  for (const mode of ['silent', 'never-lists']) {
    it(`that is ${mode} is given up and tried again`, async (t) => {
      const { world } = await livesBeside(t, mode, 3);
      const { about } = await world.heard('mcp:failed', { server: 'bad' });
      expect(about['error']).toBe('it was not ready within 0.5 s');
    });
  }

  it('that sends a message without end is cut off at a limit', async (t) => {
    const { world } = await livesBeside(t, 'huge', 3);
    const { about } = await world.heard('mcp:failed', { server: 'bad' });
    expect(about['error']).toBe('it sent a message of more than 8388608 bytes');
  });

  for (const mode of ['malformed', 'wrong-ids']) {
    it(`that sends ${mode} messages is understood in spite of them`, async (t) => {
      const { world } = await livesBeside(t, mode, 3);
      await world.ready('bad');
      expect(await world.call('mcp__bad__look')).toMatchObject({ type: 'text' });
      expect(world.reports.some(({ event }) => event === 'mcp:noise')).toBe(true);
    });
  }

  it('that asks without end and never reads the answers is cut off', async (t) => {
    const { world } = await livesBeside(t, 'not-reading', 3);
    await world.heard('mcp:failed', { server: 'bad' });
  });

  it('that ignores the end of its input and SIGTERM is gone when the daemon closes it, children included', async (t) => {
    const life = await LifeLine.open(t);
    const env = { LIFE: life.port };
    const world = new McpWorld(t, { a: fixture('stubborn', { env }), b: fixture('parent', { env }) }, FAST);
    await world.ready('a', 'b');
    await life.until(({ alive }) => alive === 3);
    await world.mcp.close();
    await life.until(({ alive }) => alive === 0);
  });
});
