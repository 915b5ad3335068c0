import { describe, expect, it } from 'vitest';
import type { TurnLimits } from '../../src/core/model/budget.ts';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import {
  type EngineOptions,
  pendingQuestion,
  startEngine,
  testTool,
  toolCallPart,
} from '../support/engine.ts';

const GRACE = { model: 60_000, tool: 60_000, cap: 120_000 };
const LIMITS = {
  ...{ modelAttempts: 3, crashAttempts: 3, parallelTools: 8, delegateDepth: 3, children: 8 },
  turn: {
    ...{ turnModelCalls: 4, turnToolCalls: 100, turnTokens: 1e9, turnTime: 1e9 },
    ...{ equalCalls: 100, atTurnLimit: 'end' },
  } as TurnLimits,
};

/** A model that never stops to call a tool, whose results are new each time unless `same`. */
function endless(turn: Partial<TurnLimits>, same = false): EngineOptions {
  let runs = 0;
  const look = testTool(
    'look',
    () => {
      runs += 1;
      return same ? 'nothing new' : `result ${runs}`;
    },
    {
      effect: () => 'read',
    },
  );
  return {
    journal: createMemoryJournal(),
    script: [{ tools: [toolCallPart('look')] }],
    tools: [look],
    agent: { limits: { ...LIMITS, turn: { ...LIMITS.turn, ...turn } } },
  };
}

describe('a turn whose model never stops', { timeout: 10_000 }, () => {
  it('[A7] ends at its limit, which the outcome and the log name with its value', async () => {
    const engine = await startEngine(endless({}));
    const reason = 'the turn has made 4 model calls; the limit is 4 model calls (limits.turnModelCalls)';
    expect(await engine.ask('s', 'go')).toMatchObject({ outcome: 'failed', reason });
    expect(engine.reports).toContainEqual({
      event: 'turn:limit',
      about: expect.objectContaining({ limit: 'turnModelCalls', used: 4, max: 4 }),
    });
    expect(await engine.ask('s', 'again')).toMatchObject({ outcome: 'failed', reason });
  });

  it('[A7] ends when its calls are a loop', async () => {
    const engine = await startEngine(endless({ turnModelCalls: 50, equalCalls: 3 }, true));
    expect((await engine.ask('s', 'go')).reason).toMatch(/runs in a loop: its last 3 tool calls/);
  });

  it('[G1] asks whether it may continue, also after a restart, and shows what it has used', async () => {
    const options = endless({ atTurnLimit: 'ask' });
    const first = await startEngine(options);
    const { seq } = await first.sessions.sendMessage('s', { id: 'm', text: 'go' });
    const approval = await pendingQuestion(first, 's');
    await drainRunner(first.runner, GRACE);
    const engine = await startEngine(options);
    await engine.resumeSessions();
    const view = await engine.sessions.viewSession('s');
    expect(view).toMatchObject({
      status: 'waiting',
      waitsFor: 'approval',
      turn: { used: { modelCalls: 4, toolCalls: 4 } },
    });
    await engine.sessions.decideApproval('s', approval, { decision: 'approve', from: 'ann' });
    let second = approval;
    while (second === approval) second = await pendingQuestion(engine, 's');
    expect((await engine.sessions.viewSession('s')).turn?.used).toMatchObject({
      modelCalls: 8,
      toolCalls: 8,
    });
    await engine.sessions.decideApproval('s', second, { decision: 'deny', from: 'ann', note: 'enough' });
    const end = await engine.sessions.waitForOutcome('s', 'm', seq, new AbortController().signal);
    expect(end).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/8 model calls.*ann did not let it continue: enough$/),
    });
  });

  it.each(['in memory', 'parked outside memory'])(
    '[A7] [E5] continues without an answer when the limit is raised meanwhile, %s',
    async (where) => {
      const options = endless({ atTurnLimit: 'ask' });
      const engine = await startEngine(options);
      const { seq } = await engine.sessions.sendMessage('s', { id: 'm', text: 'go' });
      const approval = await pendingQuestion(engine, 's');
      await engine.runner.waitUntil(() => engine.runner.liveSessions.get('s')?.isQuiet ?? true);
      if (where !== 'in memory') engine.runner.passivateIdle(Number.POSITIVE_INFINITY);
      expect(engine.runner.liveSessions.has('s')).toBe(where === 'in memory');
      const limits = options.agent?.limits?.turn;
      if (!limits) throw new Error('the agent has no limits');
      Object.assign(limits, { turnModelCalls: 6, atTurnLimit: 'end' });
      engine.runner.wakeAllSessions();
      const end = await engine.sessions.waitForOutcome('s', 'm', seq, new AbortController().signal);
      expect(end?.reason).toContain('has made 6 model calls');
      expect(await engine.journal.findApproval(approval)).toMatchObject({ state: 'superseded' });
    },
  );
});
