import { describe, it } from 'vitest';
import type { WireEvent } from '../../../src/protocol/events.ts';
import type { Daemon } from '../../support/daemon.ts';
import { eventsOf, thinkingDaemon } from '../../support/handovers.ts';
import type { ModelServer, Turn } from '../../support/model-server.ts';

const grace = { modelGrace: '20s', toolGrace: '20s', drainCap: '40s' };
/** One call at a time, so that the second one is due when the first one has ended. */
const limits = { parallelTools: 1 };

/** Ways for a generation to leave; each resolves when the generation has left. */
const WAYS: Record<string, (daemon: Daemon, server: ModelServer) => Promise<unknown>> = {
  'SIGTERM and a later start': async (daemon) => {
    await daemon.shutDown('SIGTERM');
    await daemon.startUp();
  },
  'a stop by the API and a later start': async (daemon) => {
    const gone = daemon.waitForLog(({ msg }) => msg === 'test:exit');
    await daemon.client.stop();
    await gone;
    await daemon.startUp();
  },
  'a restart': (daemon) => leaving(daemon, () => daemon.client.restart()),
  'a changed configuration': (daemon, { config }) =>
    leaving(daemon, () => daemon.writeConfig({ ...config, handover: grace, limits, listen: 'localhost:0' })),
  SIGHUP: (daemon) => leaving(daemon, () => process.kill(daemon.supervisorPid, 'SIGHUP')),
};

describe('[C8] a turn does not see why its generation leaves', () => {
  for (const [way, leave] of Object.entries(WAYS)) {
    it.concurrent(`when it is ${way}`, async (t) => {
      const { daemon, server } = await thinkingDaemon(t, script, () => ({ handover: grace, limits }));
      const held = Promise.withResolvers<void>();
      server.holdTool('read', held.promise);
      await daemon.client.sendMessage('s', { text: 'go', id: 'a' });
      await server.waitUntil(({ tools }) => tools.has('read'));
      const left = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
      const gone = leave(daemon, server);
      await left;
      held.resolve();
      await gone;
      const events = await eventsOf(daemon, 's', 'a');
      t.expect(events.map(inShort)).toEqual([
        'session_created',
        'input_received',
        'turn_started',
        'model_call_started by 1',
        'model_call_finished',
        'tool_call_started by 1',
        'tool_call_finished',
        'session_handed_over',
        'tool_call_started by 2',
        'tool_call_finished',
        'model_call_started by 2',
        'system_note_added',
        'model_call_finished',
        'turn_finished',
      ]);
      t.expect(Object.fromEntries(server.tools)).toEqual({ read: 1, write: 1 });
    });
  }
});

async function leaving(daemon: Daemon, cause: () => unknown): Promise<void> {
  const ended = daemon.waitForLog(({ msg, generation }) => msg === 'generation:ended' && generation === 1);
  await cause();
  await ended;
}

function inShort(event: WireEvent): string {
  const { type } = event;
  return type === 'model_call_started' || type === 'tool_call_started'
    ? `${type} by ${event.generation}`
    : type;
}

function script(messages: { role: string }[], server: ModelServer): Turn {
  if (messages.some(({ role }) => role === 'tool')) return { text: 'done' };
  return { tools: [server.fetchCall('read'), server.fetchCall('write', 'POST')] };
}
