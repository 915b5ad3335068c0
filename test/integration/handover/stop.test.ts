import { expect, it } from 'vitest';
import { eventOf, eventsOf, stepsOf, thinkingDaemon } from '../../support/handovers.ts';
import { type ModelServer, type Turn, textOf } from '../../support/model-server.ts';
import { midturn } from '../cli/midturn.ts';

it('[C13] resumes all turns after a stop and a later start; only turns past their own deadline are closed, visibly', async (t) => {
  const { daemon, server } = await thinkingDaemon(t, script, () => ({
    agents: { main: { model: 'far/model', tools: { '*': 'allow', http_fetch: 'ask' } } },
    handover: { modelGrace: '200ms', toolGrace: '200ms', drainCap: '20s' },
  }));
  const { client, home } = daemon;
  for (const session of ['asks', 'hangs', 'runs'])
    await client.sendMessage(session, { text: session, id: 'a' });
  await eventOf(daemon, 'asks', ({ type }) => type === 'approval_requested');
  await eventOf(daemon, 'runs', ({ type }) => type === 'tool_call_started');
  await server.waitUntil(({ running }) => running === 1);
  const soon = Date.now() + 1_000;
  const later = soon + 3_600_000;
  await client.sendMessage('hangs', { text: 'stale', id: 'stale', mode: 'queue', deadline: soon });
  await client.sendMessage('hangs', { text: 'fresh', id: 'fresh', mode: 'queue', deadline: later });
  await client.sendMessage('hangs', { text: 'plain', id: 'plain', mode: 'queue' });
  await client.sendMessage('runs', { text: 'joined', id: 'joined' });

  const { code } = await midturn(home.root, ['stop']);
  expect(code).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, soon - Date.now() + 1)));
  await daemon.startUp();

  const outcomes = async (session: string, last: string) => {
    const events = await eventsOf(daemon, session, last);
    return events.flatMap((event) => {
      if (event.type === 'turn_finished') return event.inputs.map((input) => `${input}: ${event.outcome}`);
      return event.type === 'input_closed' ? [`${event.inputs}: ${event.outcome}, ${event.reason}`] : [];
    });
  };
  const expired = `stale: expired, no turn started before its deadline, ${new Date(soon).toISOString()}`;
  const hangs = await outcomes('hangs', 'plain');
  expect([...hangs].sort()).toEqual(['a: answered', 'fresh: answered', 'plain: answered', expired]);
  expect(await outcomes('runs', 'a')).toEqual(['a: answered', 'joined: answered']);
  const { messages } = await client.readTranscript('hangs', { limit: 100 });
  expect(messages.filter(({ role }) => role === 'assistant').map(({ text }) => text)).toEqual([
    'done',
    'done',
    'done',
  ]);
  const [asked] = (await client.listApprovals({ state: 'pending' })).approvals;
  await client.decideApproval('asks', asked?.approval ?? '', { decision: 'approve' });
  expect(stepsOf(await eventsOf(daemon, 'asks', 'a'))).toEqual([
    'model call 1, attempt 1, generation 1',
    'handed over 1 → 2: start',
    'tool call 1.1, attempt 1, generation 2',
    'model call 2, attempt 1, generation 2',
    'answered',
  ]);
  expect(server.tools.get('write')).toBe(1);
  const shell = (await client.readTranscript('runs')).messages.find(({ role }) => role === 'tool');
  expect(shell).toMatchObject({ outcome: 'finished', text: expect.stringContaining('over') });
});

function script(messages: { role: string; content?: unknown }[], server: ModelServer): Turn {
  const said = textOf(messages.find(({ role }) => role === 'user')?.content);
  const told = messages.some(({ content }) => textOf(content).startsWith('[system]'));
  if (messages.some(({ role }) => role === 'tool')) return { text: 'done' };
  if (said === 'asks') return { tools: [server.fetchCall('write', 'POST')] };
  if (said === 'runs') return { tools: [{ name: 'shell', input: { command: 'sleep 2; echo over' } }] };
  const answered = messages.some(({ role }) => role === 'assistant');
  return told || answered ? { text: 'done' } : { hold: new Promise(() => {}) };
}
