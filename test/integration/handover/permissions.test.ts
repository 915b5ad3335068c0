import { expect, it, type TestContext } from 'vitest';
import { eventOf, eventsOf, stepsOf, thinkingDaemon } from '../../support/handovers.ts';
import { type ModelServer, type Turn, textOf } from '../../support/model-server.ts';

const handover = { modelGrace: '5s', toolGrace: '500ms', drainCap: '20s' };
const limits = { parallelTools: 1 };

it('[D4] [F1] a turn keeps its principal, and uses no permission that the new configuration has withdrawn', async (t) => {
  const held = Promise.withResolvers<void>();
  const { daemon, server } = await thinkingDaemon(t, script, () => ({ handover, limits }));
  const { client } = daemon;
  server.holdTool('slow', held.promise);
  server.holdTool('hung', new Promise(() => {}));
  await client.sendMessage('cut', { text: 'cut', id: 'a', from: 'ben' });
  await server.waitUntil(({ tools }) => tools.has('hung'));
  await client.sendMessage('due', { text: 'due', id: 'a', from: 'ann' });
  await server.waitUntil(({ tools }) => tools.has('slow'));

  const left = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
  const main = { model: 'far/model', tools: { '*': 'allow', http_fetch: 'deny', shell: 'ask' } };
  daemon.writeConfig({ ...server.config, listen: 'localhost:0', handover, limits, agents: { main } });
  await left;
  held.resolve();

  await eventOf(daemon, 'due', ({ type }) => type === 'approval_requested');
  const [asked] = (await client.listApprovals({ state: 'pending' })).approvals;
  expect(asked).toMatchObject({ session: 'due', tool: 'shell', requester: 'ann', state: 'pending' });
  await client.decideApproval('due', String(asked?.approval), { decision: 'deny', from: 'cleo' });
  const [due, cut] = await Promise.all(['due', 'cut'].map((session) => eventsOf(daemon, session, 'a')));
  expect(stepsOf(due ?? [])).toEqual([
    'model call 1, attempt 1, generation 1',
    'tool call 1.1, attempt 1, generation 1',
    'handed over 1 → 2: config',
    'model call 2, attempt 1, generation 2',
    'answered',
  ]);
  expect(Object.fromEntries(server.tools)).toEqual({ slow: 1, hung: 1 });
  const results = async (session: string) => {
    const { messages } = await client.readTranscript(session);
    return messages.flatMap(({ role, call, text }) => (role === 'tool' ? [`${call}: ${text}`] : []));
  };
  expect(await results('due')).toEqual([
    expect.stringMatching(/^1\.1: .*counted slow/s),
    expect.stringContaining('1.2: the operator does not allow this agent to use http_fetch'),
    expect.stringContaining('1.3: shell(=echo hello) was denied by cleo'),
  ]);
  // The call had started, so it must not be reported as not run; it may no longer be repeated.
  expect(stepsOf(cut ?? []).filter((step) => step.startsWith('tool'))).toEqual([
    'tool call 1.1, attempt 1, generation 1',
    'tool call 1.1 interrupted: shutdown',
    'tool call 1.1 unknown',
  ]);
});

it('[E5] [D4] a permission that is withdrawn while a generation leaves is used neither by it nor by the next one', async (t) => {
  const { daemon, server, release, tightened } = await leaving(t);

  const both = Promise.all([
    daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'applied'),
    daemon.waitForLog(({ msg, revision }) => msg === 'config:applied' && revision === 2),
  ]);
  daemon.writeConfig(tightened);
  await both;
  release();

  const events = await eventsOf(daemon, 's', 'a');
  expect(stepsOf(events)).toEqual([
    'model call 1, attempt 1, generation 1',
    'tool call 1.1, attempt 1, generation 1',
    'handed over 1 → 2: restart',
    'model call 2, attempt 1, generation 2',
    'answered',
  ]);
  const refused = events.flatMap((event) =>
    event.type === 'tool_call_refused' ? [[event.call, event.reason]] : [],
  );
  expect(refused).toEqual([
    ['1.2', expect.stringContaining('does not allow this agent to use http_fetch')],
    ['1.3', expect.stringContaining('does not allow this agent to use shell')],
  ]);
  expect(Object.fromEntries(server.tools)).toEqual({ slow: 1 });
});

it('[E5] a withdrawn permission does not wait for another key of the same change that needs a handover', async (t) => {
  const { daemon, server, release, tightened } = await leaving(t);

  let applied = 0;
  const everywhere = daemon.waitForLog(({ msg, type, revision }) => {
    if (msg === 'generation:said' && type === 'applied' && revision === 2) applied += 1;
    return applied === 2;
  });
  daemon.writeConfig({ ...tightened, listen: 'localhost:0' });
  await everywhere;
  const other = await daemon.client.sendAndWait('other', { text: 'due' }, 30);
  expect(other).toMatchObject({ outcome: 'answered', text: 'done' });
  const done = daemon.waitForLog(({ msg, cause }) => msg === 'handover:done' && cause === 'config');
  release();
  await eventsOf(daemon, 's', 'a');
  // One call had started before; no other call was made, in this turn or in a new one.
  expect(Object.fromEntries(server.tools)).toEqual({ slow: 1 });
  await done;
  await t.expect
    .poll(() => daemon.client.getStatus())
    .toMatchObject({ generation: { number: 3 }, revision: { number: 2 } });
});

/**
 * Starts a handover in which the first generation leaves and still runs the first call of a turn, while the other
 * calls wait for the only slot.
 */
async function leaving(t: TestContext) {
  const held = Promise.withResolvers<void>();
  const grace = { toolGrace: '40s', drainCap: '50s' };
  const { daemon, server } = await thinkingDaemon(t, script, () => ({ handover: grace, limits }));
  server.holdTool('slow', held.promise);
  await daemon.client.sendMessage('s', { text: 'due', id: 'a', from: 'ann' });
  await server.waitUntil(({ tools }) => tools.has('slow'));
  const left = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
  await daemon.client.restart('the test');
  await left;
  const main = { model: 'far/model', tools: { '*': 'allow', http_fetch: 'deny', shell: 'deny' } };
  const tightened = { ...server.config, handover: grace, limits, agents: { main } };
  return { daemon, server, release: held.resolve, tightened };
}

function script(messages: { role: string; content?: unknown }[], server: ModelServer): Turn {
  if (messages.some(({ role }) => role === 'tool')) return { text: 'done' };
  const said = textOf(messages.find(({ role }) => role === 'user')?.content);
  if (said === 'cut') return { tools: [server.fetchCall('hung')] };
  const shell = { name: 'shell', input: { command: 'echo hello' } };
  return { tools: [server.fetchCall('slow'), server.fetchCall('write', 'POST'), shell] };
}
