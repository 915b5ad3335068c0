import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Daemon } from '../../support/daemon.ts';
import { ModelServer, type Turn, textOf } from '../../support/model-server.ts';

/**
 * An incident that has happened once: an agent rewrote the daemon's configuration in the middle of its
 * own turn, the daemon restarted, and thirteen model calls were lost.
 */
it('the incident: [C5] [A5] [D2] [E15] a turn whose agent rewrites the configuration continues in the new generation, and no client waits', async (t) => {
  const held = Promise.withResolvers<void>();
  const server = await ModelServer.open(script);
  server.holdTool('slow', held.promise);
  t.onTestFinished(() => server.close());
  const daemon = new Daemon(server.config);
  t.onTestFinished(() => daemon.dispose());
  await daemon.startUp();
  const { client } = daemon;

  const long = client.sendAndWait('incident', { text: `go ${daemon.home.config}`, id: 'long' }, 60);
  const serving = daemon.waitForLog(
    ({ msg, generation }) => msg === 'generation:serving' && generation === 2,
  );
  await server.waitUntil(({ tools }) => tools.has('slow'));
  await serving;
  // The turn still runs in the old generation; the new one answers all other clients.
  const other = await client.sendAndWait('other', { text: 'hello', id: 'other' }, 60);
  expect(other).toMatchObject({ outcome: 'answered', text: 'hello to you' });
  held.resolve();
  expect(await long).toMatchObject({ input: 'long' });
  const { events } = await untilAnswered(daemon, 'incident', 'long');

  const transcript = (await client.readTranscript('incident', { limit: 1000 })).messages;
  const said = transcript.filter(({ role }) => role === 'assistant').map(({ text }) => text);
  expect(said).toEqual([...Array.from({ length: 12 }, (_, n) => `call ${n + 1}`), 'all 13 calls are made']);
  const once = Array.from({ length: 13 }, (_, n) => [n + 1, 1]).slice(1);
  expect([...server.calls].filter(([call]) => call > 1)).toEqual(once);
  expect(server.tools.get('slow')).toBe(1);

  const begun = events.flatMap((event) => (event.type === 'model_call_started' ? [event] : []));
  expect(begun.map(({ step, attempt }) => [step, attempt])).toEqual(begun.map((_, index) => [index + 1, 1]));
  expect(begun.map(({ generation }) => generation)).toEqual([...Array(7).fill(1), ...Array(6).fill(2)]);
  expect(begun.map(({ revision }) => revision)).toEqual([...Array(7).fill(1), ...Array(6).fill(2)]);

  const notes = transcript.filter(({ role }) => role === 'system').map(({ text }) => text);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(
    /^\[system\] The daemon restarted due to a configuration change \(changed: listen\)/,
  );
  expect(server.told.map(({ call }) => call)).toEqual([8]);

  expect(readFileSync(daemon.home.config, 'utf8')).toContain('rewritten by the agent');
});

/** Thirteen calls; the seventh rewrites the configuration, beside a slow tool call. */
function script(messages: { role: string; content?: unknown }[], server: ModelServer): Turn {
  const first = textOf(messages.find(({ role }) => role === 'user')?.content);
  if (!first.startsWith('go ')) return { text: 'hello to you' };
  const call = messages.filter(({ role }) => role === 'assistant').length + 1;
  if (call === 13) return { text: 'all 13 calls are made' };
  const read = { name: 'list_files', input: {} };
  if (call !== 7) return { text: `call ${call}`, tools: [read] };
  const config = first.slice('go '.length);
  const command = `sed -i 's/"127.0.0.1:0"/"localhost:0"/; 1s#^#// rewritten by the agent\\n#' '${config}'`;
  return { text: `call ${call}`, tools: [{ name: 'shell', input: { command } }, server.fetchCall('slow')] };
}

async function untilAnswered({ client }: Daemon, session: string, input: string) {
  const signal = AbortSignal.timeout(60_000);
  for await (const item of client.followSession(session, 0, signal)) {
    if (item.kind !== 'event' || item.event.type !== 'turn_finished') continue;
    if (item.event.inputs.includes(input)) return client.readEvents(session, { limit: 1000 });
  }
  throw new Error('the turn did not end in time');
}
