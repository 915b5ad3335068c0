import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KILL_GRACE } from '../../../src/supervisor/process/budgets.ts';
import { eventOf, eventsOf, handOver, stepsOf, thinkingDaemon } from '../../support/handovers.ts';
import { type ModelServer, type Turn, textOf } from '../../support/model-server.ts';

const CAP = 1_000;
/** Allowance in ms for a machine under load. */
const LOADED = 5_000;

it('[C6] [F6] the cap holds with a hanging model, tool and MCP server; cut sessions are named and continue', async (t) => {
  const { daemon, server } = await thinkingDaemon(t, script, ({ url }) => ({
    handover: { modelGrace: '300ms', toolGrace: '300ms', drainCap: `${CAP}ms` },
    tools: {
      http: { allow: ['127.0.0.1'] },
      mcp: {
        deaf: {
          command: process.execPath,
          args: [join(import.meta.dirname, '../../fixtures/mcp/server.ts'), 'stubborn'],
          env: { WORLD: `${url}/tool` },
          effects: { append: 'write' },
        },
      },
    },
  }));
  for (const name of ['write', 'append']) server.holdTool(name, new Promise(() => {}));
  const sessions = ['model', 'tool', 'mcp', 'job'];
  for (const session of sessions) await daemon.client.sendMessage(session, { text: session, id: 'a' });
  await server.waitUntil(({ running, tools }) => running === 1 && tools.has('write') && tools.has('append'));
  await eventOf(daemon, 'job', ({ type }) => type === 'tool_call_started');

  const ended = daemon.waitForLog(({ msg, generation }) => msg === 'generation:ended' && generation === 1);
  const report = await handOver(daemon);
  const at = (phase: string) => report.phases.find((each) => each.phase === phase)?.at ?? Number.NaN;
  expect(at('done') - at('draining')).toBeLessThan(CAP + KILL_GRACE + LOADED);
  expect(await ended).toMatchObject({ end: 'exited with code 0' });
  const states = report.sessions.map(({ session, state, holding }) => [session, state, ...holding]);
  expect(states.sort()).toEqual([
    ['job', 'moved', 'shell (1.1)'],
    ['mcp', 'cut', 'mcp__deaf__append (1.1)'],
    ['model', 'cut', 'model call 1'],
    ['tool', 'cut', 'http_fetch (1.1)'],
  ]);

  writeFileSync(join(daemon.home.work, 'go'), '');
  const [model, tool, mcp, job] = await Promise.all(
    sessions.map(async (session) => stepsOf(await eventsOf(daemon, session, 'a'))),
  );
  expect(model).toEqual([
    'model call 1, attempt 1, generation 1',
    'model call 1 interrupted: shutdown',
    'handed over 1 → 2: restart',
    'model call 1, attempt 2, generation 2',
    'answered',
  ]);
  const unknown = [
    'model call 1, attempt 1, generation 1',
    'tool call 1.1, attempt 1, generation 1',
    'tool call 1.1 interrupted: shutdown',
    'tool call 1.1 unknown',
    'handed over 1 → 2: restart',
    'model call 2, attempt 1, generation 2',
    'answered',
  ];
  expect({ tool, mcp }).toEqual({ tool: unknown, mcp: unknown });
  expect(job).toEqual([
    'model call 1, attempt 1, generation 1',
    'tool call 1.1, attempt 1, generation 1',
    'tool call 1.1 interrupted: shutdown',
    'handed over 1 → 2: restart',
    'tool call 1.1, attempt 2, generation 2',
    'model call 2, attempt 1, generation 2',
    'answered',
  ]);
  // A call that may have had its effect is not repeated.
  expect([...server.tools].sort()).toEqual([
    ['append', 1],
    ['write', 1],
  ]);
});

it('[C6] a suspended leaving generation is killed when its budget is used up, and its session continues', async (t) => {
  const { daemon, server } = await thinkingDaemon(t, script, () => ({
    handover: { modelGrace: '300ms', toolGrace: '300ms', drainCap: `${CAP}ms` },
  }));
  server.holdTool('write', new Promise(() => {}));
  await daemon.client.sendMessage('tool', { text: 'tool', id: 'a' });
  await server.waitUntil(({ tools }) => tools.has('write'));
  const { generationPid } = daemon;
  const left = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
  const ended = daemon.waitForLog(({ msg, generation }) => msg === 'generation:ended' && generation === 1);
  const handedOver = handOver(daemon);
  await left;
  process.kill(generationPid, 'SIGSTOP');
  const report = await handedOver;
  expect(await ended).toMatchObject({ end: expect.stringContaining('was killed: it still drained') });
  expect(report.sessions).toMatchObject([{ session: 'tool', state: 'cut', holding: ['http_fetch (1.1)'] }]);
  expect(stepsOf(await eventsOf(daemon, 'tool', 'a'))).toEqual([
    'model call 1, attempt 1, generation 1',
    'tool call 1.1, attempt 1, generation 1',
    'handed over 1 → 2: restart',
    'tool call 1.1 interrupted: crash',
    'tool call 1.1 unknown',
    'model call 2, attempt 1, generation 2',
    'answered',
  ]);
  expect(server.tools.get('write')).toBe(1);
});

function script(messages: { role: string; content?: unknown }[], server: ModelServer): Turn {
  const said = textOf(messages.find(({ role }) => role === 'user')?.content);
  const told = messages.some(({ content }) => textOf(content).startsWith('[system]'));
  if (messages.some(({ role }) => role === 'tool')) return { text: 'done' };
  if (said === 'model') return told ? { text: 'done' } : { text: 'half', hold: new Promise(() => {}) };
  if (said === 'tool') return { tools: [server.fetchCall('write', 'POST')] };
  if (said === 'mcp') return { tools: [{ name: 'mcp__deaf__append', input: {} }] };
  // The server ignores all messages of the daemon, and ends when the test tells it to.
  return {
    tools: [
      { name: 'shell', input: { command: "trap '' TERM; until [ -e go ]; do sleep 0.05; done; echo over" } },
    ],
  };
}
