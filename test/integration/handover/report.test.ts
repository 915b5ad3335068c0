import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventOf, eventsOf, thinkingDaemon } from '../../support/handovers.ts';
import { type ModelServer, type Turn, textOf } from '../../support/model-server.ts';
import { midturn } from '../cli/midturn.ts';

const SESSIONS = ['asks', 'hangs', 'runs', 'thinks'];

it('[C11] the report of a handover names every active session with times, in the API and on the command line', async (t) => {
  const answer = Promise.withResolvers<void>();
  const { daemon, server } = await thinkingDaemon(
    t,
    (messages, model) => script(messages, model, answer.promise),
    () => ({
      agents: { main: { model: 'far/model', tools: { '*': 'allow', http_fetch: 'ask' } } },
      handover: { modelGrace: '1s', toolGrace: '1s', drainCap: '20s' },
    }),
  );
  const { client, home } = daemon;
  await client.sendAndWait('idle', { text: 'idle' }, 30);
  for (const session of SESSIONS) await client.sendMessage(session, { text: session, id: 'a' });
  await eventOf(daemon, 'asks', ({ type }) => type === 'approval_requested');
  await eventOf(daemon, 'runs', ({ type }) => type === 'tool_call_started');
  await server.waitUntil(({ running }) => running === 2);

  const left = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
  const resumed = daemon.waitForLog(
    ({ msg, type, session }) => msg === 'generation:said' && type === 'resumed' && session === 'hangs',
  );
  const restarting = midturn(home.root, ['restart', '--wait', '--reason', 'new glasses']);
  await left;
  answer.resolve();
  const { code, stdout, stderr } = await restarting;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\+0\.0 s {2}wanted\n/);
  for (const phase of ['serving', 'draining', 'done']) {
    expect(stdout).toMatch(new RegExp(`^\\+\\d+\\.\\d s {2}${phase}$`, 'm'));
  }
  expect(stdout).toMatch(/^ {8}hangs {2}cut \(model call 1\) after \d+\.\d s/m);
  expect(stdout).toMatch(/\nGeneration 2 is serving; generation 1 has exited\.\n$/);

  await resumed;
  writeFileSync(join(home.work, 'go'), '');
  await Promise.all(['thinks', 'runs', 'hangs'].map((session) => eventsOf(daemon, session, 'a')));
  const { handover } = await client.getStatus();
  expect(handover).toMatchObject({
    cause: 'restart',
    reason: 'new glasses',
    phase: 'done',
    from: 1,
    to: 2,
    failure: null,
  });
  const sessions = [...(handover?.sessions ?? [])].sort((a, b) => a.session.localeCompare(b.session));
  const took = expect.any(Number);
  expect(sessions).toEqual([
    { session: 'asks', state: 'parked', holding: ['approval'], after: took, resumedAfter: took },
    { session: 'hangs', state: 'cut', holding: ['model call 1'], after: took, resumedAfter: took },
    { session: 'runs', state: 'moved', holding: ['shell (1.1)'], after: took, resumedAfter: took },
    { session: 'thinks', state: 'moved', holding: ['model call 1'], after: took, resumedAfter: took },
  ]);
  for (const { after, resumedAfter } of sessions) expect(resumedAfter).toBeGreaterThanOrEqual(after ?? 0);

  const id = handover?.id ?? '';
  expect(await client.getHandover(id)).toEqual(handover);
  const shown = await midturn(home.root, ['handovers', id]);
  for (const line of ['asks  parked (approval)', 'hangs  cut (model call 1)', 'runs  moved (shell (1.1))']) {
    expect(shown.stdout).toContain(`${line} after `);
  }
  expect((await midturn(home.root, ['status'])).stdout).toMatch(
    new RegExp(`^handover +${id}: restart \\(new glasses\\), done in .*; generation 1 → 2; .*2 moved`, 'm'),
  );
});

function script(
  messages: { role: string; content?: unknown }[],
  server: ModelServer,
  answer: Promise<void>,
): Turn {
  const said = textOf(messages.find(({ role }) => role === 'user')?.content);
  const told = messages.some(({ content }) => textOf(content).startsWith('[system]'));
  if (messages.some(({ role }) => role === 'tool')) return { text: 'done' };
  if (said === 'asks') return { tools: [server.fetchCall('write', 'POST')] };
  if (said === 'runs')
    return {
      tools: [{ name: 'shell', input: { command: 'until [ -e go ]; do sleep 0.05; done; echo over' } }],
    };
  if (said === 'thinks') return { hold: answer, text: 'thought', tools: [{ name: 'list_files', input: {} }] };
  return said === 'hangs' && !told ? { hold: new Promise(() => {}) } : { text: 'done' };
}

it('[C11] the report of a start after a kill of all processes names the cut sessions', async (t) => {
  const { daemon, server } = await thinkingDaemon(t, () => ({ hold: new Promise(() => {}) }));
  await daemon.client.sendMessage('thinks', { text: 'go' });
  await server.waitUntil(({ running }) => running === 1);
  await daemon.killAll();
  await daemon.startUp();
  const report = async () =>
    (await daemon.client.listHandovers()).handovers.find(({ cause }) => cause === 'start');
  await expect
    .poll(async () => (await report())?.sessions)
    .toMatchObject([{ session: 'thinks', state: 'cut', after: 0 }]);
});
