import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventOf, eventsOf, handOver, stepsOf, thinkingDaemon } from '../../support/handovers.ts';
import { type Turn, textOf } from '../../support/model-server.ts';

/** Longer than this test may take, in ms. */
const GRACE = 100_000;

const server = (how: string) => ({
  command: process.execPath,
  args: [join(import.meta.dirname, '../../fixtures/mcp/asking.ts'), how],
  effects: { deploy: 'write' },
});

/** Makes the call that the message names, and then reports its result. */
function script(messages: { role: string; content?: unknown }[]): Turn {
  const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => textOf(content));
  if (results[0] !== undefined) return { text: `It says ${results[0]}` };
  const [said] = messages.filter(({ role }) => role === 'user').map(({ content }) => textOf(content));
  return { tools: [{ name: `mcp__${said}__deploy`, input: {} }] };
}

it('[C4] [C11] [G1] an elicitation of an MCP server does not delay a drain: one that ends its call waits for the next generation, one of a running call is withdrawn', async (t) => {
  const { daemon } = await thinkingDaemon(t, script, () => ({
    tools: { mcp: { rounds: server('rounds'), live: server('live') } },
    handover: { modelGrace: `${GRACE}ms`, toolGrace: `${GRACE}ms`, drainCap: `${GRACE * 2}ms` },
  }));
  const { client } = daemon;
  const ids: Record<string, string> = {};
  for (const session of ['rounds', 'live']) {
    await client.sendMessage(session, { text: session, id: 'a' });
    const event = await eventOf(daemon, session, ({ type }) => type === 'approval_requested');
    if (event.type === 'approval_requested') ids[session] = event.approval;
  }
  const report = await handOver(daemon);
  const states = report.sessions.map(({ session, state, holding, after }) => ({
    session,
    state,
    holding,
    quick: (after ?? GRACE) < GRACE / 10,
  }));
  expect(states.sort((a, b) => a.session.localeCompare(b.session))).toEqual([
    { session: 'live', state: 'moved', holding: ['mcp__live__deploy (1.1)'], quick: true },
    { session: 'rounds', state: 'parked', holding: ['approval'], quick: true },
  ]);

  const live = await eventsOf(daemon, 'live', 'a');
  expect(live.filter(({ type }) => type.startsWith('approval_'))).toMatchObject([
    { type: 'approval_requested' },
    { type: 'approval_resolved', decision: 'superseded' },
  ]);
  expect(live.find(({ type }) => type === 'tool_call_finished')).toMatchObject({
    output: { value: expect.stringMatching(/^not deployed: cancel\n\[.*no approver has decided anything/) },
  });
  const late = client.decideApproval('live', ids['live'] ?? '', {
    decision: 'approve',
    content: { place: 'staging' },
  });
  await expect(late).rejects.toMatchObject({ code: 'approval_closed', status: 409 });

  const bad = client.decideApproval('rounds', ids['rounds'] ?? '', {
    decision: 'approve',
    content: { place: 'home' },
  });
  await expect(bad).rejects.toMatchObject({
    code: 'answer_refused',
    status: 422,
    details: { field: 'place' },
  });
  await client.decideApproval('rounds', ids['rounds'] ?? '', {
    decision: 'approve',
    content: { place: 'staging' },
  });
  const rounds = await eventsOf(daemon, 'rounds', 'a');
  expect(stepsOf(rounds)).toEqual([
    'model call 1, attempt 1, generation 1',
    'tool call 1.1, attempt 1, generation 1',
    'handed over 1 → 2: restart',
    'tool call 1.1, attempt 2, generation 2',
    'model call 2, attempt 1, generation 2',
    'answered',
  ]);
  const keys = rounds.flatMap((event) => (event.type === 'tool_call_started' ? [event.key] : []));
  expect(new Set(keys).size).toBe(1);
  expect(rounds.find(({ type }) => type === 'tool_call_finished')).toMatchObject({
    output: { value: 'deployed {"place":"staging","copies":2}' },
  });
});
