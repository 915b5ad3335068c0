import { describe, expect, it } from 'vitest';
import type { RelayedQuestion } from '../../src/core/model/events.ts';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { RuleDecision } from '../../src/permissions/decision.ts';
import { createDelegateTool } from '../../src/tools/delegate/delegate.ts';
import {
  type Engine,
  type EngineOptions,
  pendingQuestion,
  startEngine,
  testTool,
} from '../support/engine.ts';

const GRACE = { model: 60_000, tool: 60_000, cap: 120_000 };
const CHILD = 's/call-1.1';
const GRANDCHILD = 's/call-1.1/call-1.1';

describe('a question of a session that works for another one', { timeout: 10_000 }, () => {
  it.each([
    ['child', CHILD, 'worker'],
    ['grandchild', GRANDCHILD, 'lead'],
  ])('[G1] [G3] shows where the person is, with its end: %s', async (_, asker, agent) => {
    const engine = await startEngine(options(agent));
    await engine.sessions.sendMessage('s', { text: 'go', id: 'first', from: 'ann' });
    const question = await pendingQuestion(engine, asker);
    const asked = {
      approval: question,
      session: asker,
      tool: 'deploy',
      input: { to: 'prod' },
      rule: 'deploy',
      expiresAt: expect.any(Number),
      state: 'pending',
      from: null,
      note: null,
    };
    expect(await heard(engine, 1)).toEqual([asked]);
    const view = await engine.sessions.viewSession('s');
    expect(view).toMatchObject({ waitsFor: 'child', approvals: [{ approval: question, session: asker }] });
    await engine.sessions.decideApproval(asker, question, { decision: 'approve', from: 'ben', note: 'go' });
    expect(await heard(engine, 2)).toEqual([asked, { ...asked, state: 'approved', from: 'ben', note: 'go' }]);
    expect(await outcome(engine)).toEqual({ outcome: 'answered', text: 'They say: deployed' });
    expect((await engine.sessions.viewSession('s')).approvals).toEqual([]);
  });

  it('[G3] is marked there when no approver answers in time, and when the work is cancelled', async () => {
    const late = await startEngine(options('lead', createMemoryJournal(), 1));
    await late.sessions.sendMessage('s', { text: 'go', id: 'first' });
    expect((await heard(late, 2)).map(({ state }) => state)).toEqual(['pending', 'expired']);
    const engine = await startEngine(options('lead'));
    await engine.sessions.sendMessage('s', { text: 'go', id: 'first' });
    await heard(engine, 1);
    await engine.sessions.cancelInputs('s', {});
    expect((await heard(engine, 2)).map(({ state }) => state)).toEqual(['pending', 'superseded']);
  });

  it('[G1] [H1] is told once although all sessions leave memory and move to another process', async () => {
    const journal = createMemoryJournal();
    const engine = await startEngine(options('lead', journal));
    await engine.sessions.sendMessage('s', { text: 'go', id: 'first' });
    const question = await pendingQuestion(engine, GRANDCHILD);
    await heard(engine, 1);
    await engine.runner.waitUntil(() =>
      [...engine.runner.liveSessions.values()].every(({ isQuiet: quiet }) => quiet),
    );
    engine.runner.passivateIdle(Date.now());
    expect(engine.runner.liveSessions.size).toBe(0);
    await drainRunner(engine.runner, GRACE);
    const next = await startEngine(options('lead', journal));
    await next.resumeSessions();
    expect((await next.sessions.viewSession('s')).approvals).toMatchObject([{ approval: question }]);
    await next.sessions.decideApproval(GRANDCHILD, question, { decision: 'deny', from: 'ben' });
    await outcome(next);
    expect((await heard(next, 2)).map(({ state }) => state)).toEqual(['pending', 'denied']);
    const { snapshot, events } = await journal.loadSession('s');
    expect([snapshot?.questions ?? [], events.length > 0]).toEqual([[], true]);
  });
});

/** `agent` is whom the first session gives the task: one that asks before it deploys, or one that passes it on. */
function options(agent: string, journal: Journal = createMemoryJournal(), patience = 60_000): EngineOptions {
  const ask: RuleDecision = { verdict: 'ask', rule: 'deploy', patience, isGrantedBy: () => false };
  const give = (to: string) => [
    { tools: [{ name: 'delegate', input: { agent: to, task: 'deploy it' } }] },
    { text: to === agent ? 'They say: {result}' : '{result}' },
  ];
  return {
    journal,
    tools: [createDelegateTool(['lead', 'worker']), testTool('deploy', () => 'deployed')],
    agent: { decideOnCall: (tool) => (tool === 'deploy' ? ask : { verdict: 'allow' }) },
    script: give(agent),
    others: {
      lead: give('worker'),
      worker: [{ tools: [{ name: 'deploy', input: { to: 'prod' } }] }, { text: '{result}' }],
    },
  };
}

/** What who follows `s` is told of questions; resolves when it is so much. */
async function heard({ sessions }: Engine, count: number): Promise<RelayedQuestion[]> {
  const found: RelayedQuestion[] = [];
  for await (const item of sessions.followSession('s', 0, AbortSignal.timeout(5_000))) {
    if (item.kind !== 'event' || item.event.type !== 'input_received') continue;
    if (item.event.input.kind === 'question') found.push(item.event.input.question);
    if (found.length === count) break;
  }
  return found;
}

function outcome({ sessions }: Engine) {
  return sessions.waitForOutcome('s', 'first', 0, AbortSignal.timeout(5_000));
}
