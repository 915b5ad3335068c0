import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, it, type TestContext } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { ModelServer, type Turn } from '../support/model-server.ts';
import { waitForClosedInput } from './stage.ts';

it.concurrent('[A4] [A7] a message that a generation without its supervisor accepts is answered by the next daemon', async (t) => {
  const { daemon } = await upWith(t, () => ({ text: 'yes' }));
  const socket = connect(daemon.home.socket);
  socket.on('error', () => {});
  socket.write(postOf('first'));
  await once(socket, 'data');
  const late = postOf('late');
  socket.write(late.slice(0, -5));
  const gone = daemon.waitForLog(({ msg }) => msg === 'test:exit');
  process.kill(daemon.supervisorPid, 'SIGKILL');
  await gone;
  await daemon.startUp();
  const answer = once(socket, 'data');
  socket.write(late.slice(-5));
  expect(String((await answer)[0])).toContain('202 Accepted');
  expect(await waitForClosedInput(daemon, 'late', 'late')).toMatchObject({ outcome: 'answered' });
});

it.concurrent('[J3] rescue mode runs no session, though an earlier generation lets go of one', async (t) => {
  const { daemon, server, held } = await upWith(t, firstThenDone('GET'));
  await daemon.client.sendMessage('s', { text: 'go', id: 'a' });
  await server.waitUntil(({ tools }) => tools.has('slow'));
  const left = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
  await daemon.client.restart('the test');
  await left;
  // Every further generation ends at its start.
  rmSync(daemon.home.work, { recursive: true });
  writeFileSync(daemon.home.work, '');
  const rescue = daemon.waitForLog(({ msg, mode }) => msg === 'generation:serving' && mode === 'rescue');
  process.kill(daemon.generationPid, 'SIGKILL');
  await rescue;
  const ended = daemon.waitForLog(({ msg, generation }) => msg === 'generation:drained' && generation === 1);
  held.resolve();
  await ended;
  expect(await daemon.client.getStatus()).toMatchObject({ mode: 'rescue' });
  expect((await daemon.client.getSession('s')).owner).toBeNull();
  expect(server.calls.get(2)).toBeUndefined();
});

function firstThenDone(method: string) {
  return (messages: { role: string }[], server: ModelServer): Turn => {
    const other = messages.length > 0 && !messages.some(({ role }) => role === 'tool');
    if (!other) return { text: 'done' };
    return { text: 'first', tools: [server.fetchCall('slow', method)] };
  };
}

async function upWith(
  t: TestContext,
  script: (messages: { role: string; content?: unknown }[], server: ModelServer) => Turn,
) {
  const held = Promise.withResolvers<void>();
  const server = await ModelServer.open(script);
  t.onTestFinished(() => server.close());
  server.holdTool('slow', held.promise);
  const daemon = new Daemon({ ...server.config, handover: { toolGrace: '60s', drainCap: '90s' } });
  t.onTestFinished(() => daemon.dispose());
  await daemon.startUp();
  return { daemon, server, held };
}

function postOf(id: string): string {
  const body = JSON.stringify({ text: 'hello', id });
  return `POST /v1/sessions/${id}/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
