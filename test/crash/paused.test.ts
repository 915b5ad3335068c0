import { expect, it, vi } from 'vitest';
import { eventsOf, stepsOf, thinkingDaemon } from '../support/handovers.ts';
import type { ModelServer, Turn } from '../support/model-server.ts';
import { checkJournal } from './check-journal.ts';
import { waitForLogLine } from './stage.ts';

/** Checks whether a process exists; a zombie that its parent has not waited for counts. */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it.concurrent('[C7] [J2] a generation that was stopped (SIGSTOP), replaced and continued records and starts nothing, and exits by itself', async (t) => {
  const { daemon, server } = await thinkingDaemon(t, script);
  const held = Promise.withResolvers<void>();
  server.holdTool('read', held.promise);
  await daemon.client.sendMessage('s', { text: 'go', id: 'a' });
  await server.waitUntil(({ tools }) => tools.has('read'));
  const stopped = daemon.generationPid;
  process.kill(stopped, 'SIGSTOP');
  t.onTestFinished(() => void (isThere(stopped) && process.kill(stopped, 'SIGKILL')));
  // Without its supervisor no process can end it; the next supervisor does not know what it still may do.
  const gone = daemon.waitForLog(({ msg }) => msg === 'test:exit');
  process.kill(daemon.supervisorPid, 'SIGKILL');
  await gone;
  await daemon.startUp();
  await server.waitUntil(({ tools }) => tools.get('read') === 2);
  // Both answers arrive now: that of the stopped generation, and that of its successor.
  held.resolve();
  await eventsOf(daemon, 's', 'a');
  const before = await daemon.client.readEvents('s', { limit: 1000 });
  process.kill(stopped, 'SIGCONT');
  // Its channel is closed, and its first write is refused: either makes it leave.
  await vi.waitUntil(() => !isThere(stopped), { timeout: 30_000 });
  const { events } = await daemon.client.readEvents('s', { limit: 1000 });
  expect(events).toEqual(before.events);
  checkJournal(events, 's');
  expect(stepsOf(events).filter((step) => step.includes('generation') || step.includes('handed'))).toEqual([
    'model call 1, attempt 1, generation 1',
    'tool call 1.1, attempt 1, generation 1',
    'handed over 1 → 2: start',
    'tool call 1.1, attempt 2, generation 2',
    'model call 2, attempt 1, generation 2',
    'tool call 2.1, attempt 1, generation 2',
    'model call 3, attempt 1, generation 2',
  ]);
  // A `read` is made again; the write that follows it happens once.
  expect(Object.fromEntries(server.tools)).toEqual({ read: 2, write: 1 });
  expect(Object.fromEntries(server.calls)).toEqual({ 1: 1, 2: 1, 3: 1 });
});

it.concurrent('[C7] a generation that is stopped before it is told to drain, and continued when another one serves, drains in order', async (t) => {
  const { daemon, server } = await thinkingDaemon(t, script);
  const held = Promise.withResolvers<void>();
  server.holdTool('read', held.promise);
  await daemon.client.sendMessage('s', { text: 'go', id: 'a' });
  await server.waitUntil(({ tools }) => tools.has('read'));
  const stopped = daemon.generationPid;
  process.kill(stopped, 'SIGSTOP');
  process.kill(daemon.supervisorPid, 'SIGHUP');
  await waitForLogLine(daemon, { msg: 'generation:serving', generation: 2 });
  expect(await daemon.client.sendAndWait('t', { text: 'hello' }, 30)).toMatchObject({ outcome: 'answered' });
  held.resolve();
  process.kill(stopped, 'SIGCONT');
  await waitForLogLine(daemon, { msg: 'generation:ended', generation: 1, end: 'exited with code 0' });
  const events = await eventsOf(daemon, 's', 'a');
  checkJournal(events, 's');
  expect(stepsOf(events).filter((step) => step.startsWith('tool'))).toEqual([
    'tool call 1.1, attempt 1, generation 1',
    'tool call 2.1, attempt 1, generation 2',
  ]);
  expect(Object.fromEntries(server.tools)).toEqual({ read: 1, write: 1 });
});

function script(messages: { role: string; content?: unknown }[], server: ModelServer): Turn {
  const results = messages.filter(({ role }) => role === 'tool').length;
  const session = messages.find(({ role }) => role === 'user');
  if (JSON.stringify(session).includes('hello')) return { text: 'here' };
  if (results === 0) return { text: 'first', tools: [server.fetchCall('read')] };
  return results === 1 ? { text: 'second', tools: [server.fetchCall('write', 'POST')] } : { text: 'done' };
}
