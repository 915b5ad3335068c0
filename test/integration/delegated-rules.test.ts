import { describe, expect, it } from 'vitest';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { RuleDecision } from '../../src/permissions/decision.ts';
import { createDelegateTool } from '../../src/tools/delegate/delegate.ts';
import {
  type EngineOptions,
  pendingQuestion,
  startEngine,
  type TestAgent,
  testTool,
} from '../support/engine.ts';

const DENY: RuleDecision = { verdict: 'deny', rule: 'work' };
const ASK: RuleDecision = {
  verdict: 'ask',
  rule: 'work',
  patience: 60_000,
  isGrantedBy: (granted) => granted === 'work',
};
const ALLOW: RuleDecision = { verdict: 'allow' };
const GRACE = { model: 60_000, tool: 60_000, cap: 120_000 };

/** Rules for the one tool that does something; everything else is allowed. */
const rules = (work: RuleDecision): TestAgent => ({
  mayAsk: work.verdict === 'ask',
  mayUse: (tool) => tool !== 'work' || work.verdict !== 'deny',
  decideOnCall: (tool) => (tool === 'work' ? work : ALLOW),
});

const give = (agent: string) => ({ name: 'delegate', input: { agent, task: 'do it' } });

/** `main` gives a task to `between`, that one to `helper`, and `helper` works. */
function world(
  main: RuleDecision,
  between: RuleDecision,
  helper: TestAgent,
  more: Partial<EngineOptions> = {},
) {
  const done: string[] = [];
  const work = testTool('work', () => {
    done.push('work');
    return 'done';
  });
  const options: EngineOptions = {
    tools: [work, createDelegateTool(['between', 'helper'])],
    script: [{ tools: [give('between')] }, { text: '{result}' }],
    others: {
      between: [{ tools: [give('helper')] }, { text: '{result}' }],
      helper: [{ tools: [{ name: 'work', input: {} }] }, { text: '{result}' }],
    },
    agent: rules(main),
    otherAgents: { between: rules(between), helper },
    ...more,
  };
  return { options, done };
}

const HELPER = 's/call-1.1/call-1.1';

describe('a task from another agent', { timeout: 20_000 }, () => {
  it.each([
    ['main', DENY, ALLOW],
    ['between', ALLOW, DENY],
  ])('[H1] is bound by what is denied to %s', async (name, main, between) => {
    const { options, done } = world(main, between, rules(ALLOW));
    const engine = await startEngine(options);
    expect((await engine.ask('s', 'go')).text).toContain(
      `the operator does not allow this agent to use work, by the rules of the agent "${name}", which gave the task`,
    );
    expect(done).toEqual([]);
  });

  it('[H1] [G1] is asked about where the agent above asks, also in the next generation', async () => {
    const journal = createMemoryJournal();
    const { options, done } = world(ASK, ALLOW, rules(ALLOW), { journal });
    const first = await startEngine(options);
    const { input, seq } = await first.sessions.sendMessage('s', { text: 'go', id: 'a' });
    await pendingQuestion(first, HELPER);
    await drainRunner(first.runner, GRACE);
    const next = await startEngine(options);
    await next.resumeSessions();
    const id = await pendingQuestion(next, HELPER);
    expect(done).toEqual([]);
    await next.sessions.decideApproval(HELPER, id, { decision: 'approve' });
    const outcome = await next.sessions.waitForOutcome('s', input, seq, AbortSignal.timeout(10_000));
    expect(outcome).toMatchObject({ text: 'done' });
    expect(done).toEqual(['work']);
  });

  it('[H1] is not bound where the operator gives the agent rules of its own', async () => {
    const { options, done } = world(DENY, DENY, { ...rules(ALLOW), delegatedRules: 'own' });
    expect((await (await startEngine(options)).ask('s', 'go')).text).toBe('done');
    expect(done).toEqual(['work']);
  });

  it('[H1] never gets more than the agent itself has', async () => {
    const { options, done } = world(ALLOW, ALLOW, { ...rules(DENY), delegatedRules: 'own' });
    expect((await (await startEngine(options)).ask('s', 'go')).text).toContain(
      'does not allow this agent to use work',
    );
    expect(done).toEqual([]);
  });

  it('is asked about once when both agents ask, and what was granted for good is enough for both', async () => {
    const { options, done } = world(ASK, ALLOW, rules(ASK));
    const engine = await startEngine(options);
    const answer = engine.ask('s', 'go');
    const id = await pendingQuestion(engine, HELPER);
    await engine.sessions.decideApproval(HELPER, id, { decision: 'approve', scope: 'always' });
    expect((await answer).text).toBe('done');
    expect((await engine.ask('t', 'go')).text).toBe('done');
    expect(done).toEqual(['work', 'work']);
  });
});
