import { expect, it } from 'vitest';
import type { Daemon } from '../../support/daemon.ts';
import { eventOf, eventsOf, handOver, stepsOf, thinkingDaemon } from '../../support/handovers.ts';
import { type ModelServer, type Turn, textOf } from '../../support/model-server.ts';

/** Longer than this test may take, in ms. */
const GRACE = 100_000;
/** Long enough that the handover comes first, in ms. */
const PATIENCE = 12_000;

it('[C4] [C11] [G1] [G3] turns that wait for a provider, an approver or another session do not delay a drain, and continue in the next generation', async (t) => {
  const { daemon, server } = await thinkingDaemon(t, script, () => ({
    agents: {
      main: { model: 'far/model', tools: { '*': 'allow', http_fetch: 'ask' } },
      helper: { model: 'far/model', tools: { '*': 'allow', http_fetch: 'ask' } },
    },
    handover: { modelGrace: `${GRACE}ms`, toolGrace: `${GRACE}ms`, drainCap: `${GRACE * 2}ms` },
  }));
  const { client } = daemon;
  const sessions = ['approval', 'delegate', 'retry'];
  for (const session of sessions) await client.sendMessage(session, { text: session, id: 'a' });
  await eventOf(daemon, 'approval', ({ type }) => type === 'approval_requested');
  const begun = await eventOf(daemon, 'delegate', ({ type }) => type === 'tool_call_started');
  const child = begun.type === 'tool_call_started' ? String(begun.child) : '';
  await eventOf(daemon, child, ({ type }) => type === 'approval_requested');
  await eventOf(daemon, 'retry', ({ type }) => type === 'retry_scheduled');
  const report = await handOver(daemon);

  const states = report.sessions.map(({ session, state, holding }) => [session, state, ...holding]);
  expect(states.sort()).toEqual([
    ['approval', 'parked', 'approval'],
    ['delegate', 'parked', 'child'],
    [child, 'parked', 'approval'],
    ['retry', 'parked', 'retry'],
  ]);
  for (const { after } of report.sessions) expect(after).toBeLessThan(GRACE / 10);
  const at = (phase: string) => report.phases.find((each) => each.phase === phase)?.at ?? Number.NaN;
  expect(at('done') - at('draining')).toBeLessThan(GRACE / 10);

  await approveAll(daemon);
  const [approved, delegated, retried] = await Promise.all(
    sessions.map(async (session) => stepsOf(await eventsOf(daemon, session, 'a'))),
  );
  expect(approved).toEqual([
    'model call 1, attempt 1, generation 1',
    'handed over 1 → 2: restart',
    'tool call 1.1, attempt 1, generation 2',
    'model call 2, attempt 1, generation 2',
    'answered',
  ]);
  expect(delegated).toEqual([
    'model call 1, attempt 1, generation 1',
    'tool call 1.1, attempt 1, generation 1',
    'handed over 1 → 2: restart',
    'model call 2, attempt 1, generation 2',
    'answered',
  ]);
  expect(retried).toEqual([
    'model call 1, attempt 1, generation 1',
    'model call 1 interrupted: unavailable',
    'handed over 1 → 2: restart',
    'model call 1, attempt 2, generation 2',
    'answered',
  ]);
  const heard = await eventsOf(daemon, 'delegate', 'a');
  const told = heard.flatMap((event) =>
    event.type === 'input_received' && event.input.kind === 'question' ? [event.input.question.state] : [],
  );
  expect(told).toEqual(['pending', 'approved']);
  expect([...server.tools]).toEqual([['write', 2]]);
  // The provider was not called before its time.
  const { events } = await client.readEvents('retry');
  const until = events.flatMap((event) => (event.type === 'retry_scheduled' ? [event.until] : []));
  const again = events.flatMap((event) => (event.type === 'model_call_started' ? [event.at] : []));
  expect(again[1]).toBeGreaterThanOrEqual(until[0] ?? Number.NaN);
});

function script(messages: { role: string; content?: unknown }[], server: ModelServer): Turn {
  const [said] = messages.filter(({ role }) => role === 'user').map(({ content }) => textOf(content));
  if (messages.some(({ role }) => role === 'tool')) return { text: 'done' };
  if (said === 'approval' || said === 'write it') return { tools: [server.fetchCall('write', 'POST')] };
  if (said === 'delegate')
    return { tools: [{ name: 'delegate', input: { agent: 'helper', task: 'write it' } }] };
  const times = server.calls.get(1) ?? 0;
  return messages.at(-1)?.content === said && times < 5 ? { patience: PATIENCE } : { text: 'at last' };
}

async function approveAll({ client }: Daemon): Promise<void> {
  const { approvals } = await client.listApprovals({ state: 'pending' });
  for (const { session, approval } of approvals) {
    await client.decideApproval(session, approval, { decision: 'approve', from: 'ann' });
  }
}
