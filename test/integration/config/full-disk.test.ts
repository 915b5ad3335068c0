import { describe, expect, it, type TestContext } from 'vitest';
import type { WireEvent } from '../../../src/protocol/events.ts';
import { eventsOf, stepsOf, thinkingDaemon } from '../../support/handovers.ts';
import { limitFileSize } from '../../support/limit-file-size.ts';
import type { ModelServer, Turn } from '../../support/model-server.ts';
import { applied } from './stage.ts';

const limits = { parallelTools: 1 };

describe.runIf(process.platform === 'linux')(
  '[E5] [J9] a permission that is taken away while the disk is full',
  () => {
    it('is not used when there is space again', async (t) => {
      const { daemon, server, tighten } = await waitingForTheDisk(t);
      const { generationPid } = daemon;
      await tighten();
      limitFileSize(generationPid, 'unlimited');
      const events = await eventsOf(daemon, 's', 'a');
      expect(stepsOf(events)).toEqual([
        'model call 1, attempt 1, generation 1',
        'tool call 1.1, attempt 1, generation 1',
        'model call 2, attempt 1, generation 1',
        'answered',
      ]);
      expect(refusalsIn(events)).toEqual([['1.2', expect.stringContaining(DENIED)]]);
      expect(Object.fromEntries(server.tools)).toEqual({ slow: 1 });
    });

    it('[D4] is not used by a generation that has to leave meanwhile, nor by the next one', async (t) => {
      const { daemon, server, tighten } = await waitingForTheDisk(t);
      const { generationPid } = daemon;
      const draining = daemon.waitForLog(({ msg }) => msg === 'generation:draining');
      await daemon.client.restart('the test');
      await draining;
      await tighten();
      limitFileSize(generationPid, 'unlimited');
      const events = await eventsOf(daemon, 's', 'a');
      expect(stepsOf(events)).toEqual([
        'model call 1, attempt 1, generation 1',
        'tool call 1.1, attempt 1, generation 1',
        'handed over 1 → 2: restart',
        'model call 2, attempt 1, generation 2',
        'answered',
      ]);
      expect(refusalsIn(events)).toEqual([['1.2', expect.stringContaining(DENIED)]]);
      expect(Object.fromEntries(server.tools)).toEqual({ slow: 1 });
    });
  },
);

const DENIED = 'does not allow this agent to use http_fetch';

/** The first of two calls has ended, which cannot be recorded, nor can the start of the second. */
async function waitingForTheDisk(t: TestContext) {
  const held = Promise.withResolvers<void>();
  const { daemon, server } = await thinkingDaemon(t, script, () => ({ limits }));
  server.holdTool('slow', held.promise);
  await daemon.client.sendMessage('s', { text: 'go', id: 'a' });
  await server.waitUntil(({ tools }) => tools.has('slow'));
  limitFileSize(daemon.generationPid, '1');
  const full = daemon.waitForLog(({ msg }) => msg === 'journal:unavailable');
  held.resolve();
  await full;
  const tighten = async () => {
    const main = { model: 'far/model', tools: { '*': 'allow', http_fetch: 'deny' } };
    daemon.writeConfig({ ...server.config, limits, agents: { main } });
    await applied(daemon, 2);
  };
  return { daemon, server, tighten };
}

function refusalsIn(events: readonly WireEvent[]): string[][] {
  return events.flatMap((event) => (event.type === 'tool_call_refused' ? [[event.call, event.reason]] : []));
}

function script(messages: { role: string }[], server: ModelServer): Turn {
  if (messages.some(({ role }) => role === 'tool')) return { text: 'done' };
  return { tools: [server.fetchCall('slow'), server.fetchCall('write', 'POST')] };
}
