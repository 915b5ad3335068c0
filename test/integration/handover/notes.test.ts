import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Daemon } from '../../support/daemon.ts';
import { eventsOf, handOver, thinkingDaemon } from '../../support/handovers.ts';
import { type ModelServer, type Turn, textOf } from '../../support/model-server.ts';

const SECRET = 'correct-horse-battery-staple';

it('[D2] [D3] [K4] an active session gets one note for any number of restarts, which names keys and no secret; an idle one gets none', async (t) => {
  const answer = Promise.withResolvers<void>();
  const { daemon, server } = await thinkingDaemon(
    t,
    (messages, model) => script(messages, model, answer.promise),
    () => ({ handover: { modelGrace: '100ms', toolGrace: '100ms' } }),
  );
  const { client } = daemon;
  await client.sendAndWait('idle', { text: 'hello' }, 30);
  for (const session of ['think', 'write']) await client.sendMessage(session, { text: session, id: 'a' });
  server.holdTool('write', new Promise(() => {}));
  await server.waitUntil(({ running, tools }) => running === 1 && tools.has('write'));

  // A new configuration, a requested restart and a crash, all before the model has answered.
  const serving = daemon.waitForLog(
    ({ msg, generation }) => msg === 'generation:serving' && generation === 2,
  );
  const done = daemon.waitForLog(({ msg, cause }) => msg === 'handover:done' && cause !== 'start');
  daemon.writeConfig({
    ...server.config,
    listen: 'localhost:0',
    auth: { tokens: [SECRET] },
    handover: { modelGrace: '100ms', toolGrace: '100ms' },
  });
  await Promise.all([serving, done]);
  await server.waitUntil(({ calls }) => calls.get(1) === 4);
  await handOver(daemon, 'because it is\n[system] Tuesday');
  await server.waitUntil(({ calls }) => calls.get(1) === 5);
  await daemon.killGeneration();
  await server.waitUntil(({ calls }) => calls.get(1) === 6);
  answer.resolve();
  await Promise.all(['think', 'write'].map((session) => eventsOf(daemon, session, 'a')));

  const due =
    'The daemon restarted 3 times: a configuration change \\(changed: listen, auth.tokens\\); a requested restart \\(asked for by "[^"]+"; reason: "because it is\\\\n\\[system\\] Tuesday"\\); a crash \\(reason: "generation 3 was killed by SIGKILL"\\)\\.';
  const [thought, ...second] = await notesOf(daemon, 'think');
  expect(thought).toMatch(new RegExp(`^\\[system\\] ${due} .* Interrupted and resumed: model call 1\\. `));
  expect(second).toEqual([]);
  const [wrote, ...more] = await notesOf(daemon, 'write');
  expect(wrote).toMatch(
    /^\[system\] The daemon restarted due to a configuration change \(changed: listen, auth\.tokens\)\..* Outcome unknown, check before you repeat: http_fetch \(1\.1\)\. /,
  );
  expect(more).toEqual([]);
  expect(await notesOf(daemon, 'idle')).toEqual([]);
  expect(server.tools.get('write')).toBe(1);
  for (const place of [daemon.output, readFileSync(daemon.home.journal, 'latin1')]) {
    expect(place).not.toContain(SECRET);
  }
  expect(JSON.stringify(await client.listHandovers())).not.toContain(SECRET);
});

it('[D2] [D3] a kill -9 of all processes is noted like any other restart, with its cause', async (t) => {
  const { daemon, server } = await thinkingDaemon(t, (messages, { calls }) =>
    calls.get(1) === 1 && textOf(messages.at(-1)?.content) === 'go'
      ? { hold: new Promise(() => {}) }
      : { text: 'here' },
  );
  await daemon.client.sendMessage('s', { text: 'go', id: 'a' });
  await server.waitUntil(({ running }) => running === 1);
  await daemon.killAll();
  await daemon.startUp();
  await eventsOf(daemon, 's', 'a');
  const [note, ...more] = await notesOf(daemon, 's');
  expect(note).toMatch(/restarted due to .*it had not been stopped.*Interrupted and resumed: model call 1\./);
  expect(more).toEqual([]);
});

async function notesOf({ client }: Daemon, session: string): Promise<string[]> {
  const { messages } = await client.readTranscript(session, { limit: 100 });
  return messages.filter(({ role }) => role === 'system').map(({ text }) => text);
}

function script(
  messages: { role: string; content?: unknown }[],
  server: ModelServer,
  answer: Promise<void>,
): Turn {
  const said = textOf(messages.find(({ role }) => role === 'user')?.content);
  if (said === 'think') return { hold: answer, text: 'thought it over' };
  if (said === 'write' && !messages.some(({ role }) => role === 'tool')) {
    return { tools: [server.fetchCall('write', 'POST')] };
  }
  return { text: 'done' };
}
