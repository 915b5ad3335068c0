import { describe, expect, it } from 'vitest';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import { ApprovalClosedError } from '../../src/errors/approvals.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { RuleDecision } from '../../src/permissions/decision.ts';
import {
  type Engine,
  type EngineOptions,
  pendingQuestion,
  startEngine,
  testTool,
} from '../support/engine.ts';

const GRACE = { model: 60_000, tool: 60_000, cap: 120_000 };

describe('a call that needs an approval', { timeout: 10_000 }, () => {
  it('[G1] parks the turn, and runs once it is approved', async () => {
    const { engine, runs, asked } = await asking();
    expect(asked).toMatchObject({ tool: 'deploy', rule: 'deploy', state: 'pending', requester: 'ann' });
    expect(await engine.journal.findSession('s')).toMatchObject({ status: 'waiting' });
    expect(runs()).toBe(0);
    const { approval } = asked;
    expect(
      await engine.sessions.decideApproval('s', approval, { decision: 'approve', from: 'ben' }),
    ).toMatchObject({
      decision: 'approve',
    });
    expect(await outcome(engine)).toMatchObject({ outcome: 'answered', text: 'It says deployed' });
    expect(runs()).toBe(1);
    expect(await engine.journal.findApproval(approval)).toMatchObject({ state: 'approved', from: 'ben' });
    const about = { session: 's', turn: 1 };
    const told = engine.reports.filter(({ event }) =>
      /^(approval|tool|turn):(requested|resolved|finished)$/.test(event),
    );
    expect(told).toMatchObject([
      { event: 'approval:requested', about: { ...about, approval, tool: 'deploy' } },
      { event: 'approval:resolved', about: { ...about, approval, decision: 'approved', by: 'ben' } },
      { event: 'tool:finished', about: { ...about, tool: 'deploy', ms: expect.any(Number) } },
      { event: 'turn:finished', about: { ...about, outcome: 'answered' } },
    ]);
  });

  it('[G1] is refused when it is denied, and the model is told by whom and why', async () => {
    const { engine, runs, asked } = await asking();
    await engine.sessions.decideApproval('s', asked.approval, {
      decision: 'deny',
      from: 'ben',
      note: 'on a Friday?',
    });
    expect((await outcome(engine))?.text).toBe(
      'It says This call was not run: deploy was denied by ben: on a Friday?.',
    );
    expect(runs()).toBe(0);
  });

  it('[G1] expires, also after a restart, and does not run then', async () => {
    let now = 1_000_000;
    const due: (() => void)[] = [];
    const clock = {
      now: () => now,
      after(_: number, callback: () => void) {
        due.push(callback);
        return () => {};
      },
    };
    const { engine, runs } = await asking({ clock });
    await drainRunner(engine.runner, GRACE);
    const next = await startEngine({ ...options(engine.journal, runs), clock });
    await next.resumeSessions();
    now += 100_000;
    let over = false;
    const ended = outcome(next).finally(() => {
      over = true;
    });
    // Timers are set when the session has been looked at.
    while (!over) {
      for (const callback of due.splice(0)) callback();
      await new Promise(setImmediate);
    }
    expect((await ended)?.text).toContain('no approver approved deploy in time');
    expect(runs()).toBe(0);
  });

  it('[G2] is decided once: the second decision gets a clear answer, and the call runs once', async () => {
    const { engine, runs, asked } = await asking();
    const decide = (decision: 'approve' | 'deny', from: string) =>
      engine.sessions.decideApproval('s', asked.approval, { decision, from });
    const both = await Promise.allSettled([decide('approve', 'ann'), decide('deny', 'ben')]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await outcome(engine);
    await expect(decide('deny', 'cid')).rejects.toThrow(ApprovalClosedError);
    await expect(decide('deny', 'cid')).rejects.toThrow('it was approved by ann already');
    expect(runs()).toBe(1);
  });

  it('[C4] does not hold up a drain, and can be decided in the next generation', async () => {
    const { engine, runs, asked } = await asking();
    const left: unknown[] = [];
    await drainRunner(engine.runner, GRACE, { onLeft: (active) => left.push(...active), onMoved() {} });
    expect(left).toEqual([{ session: 's', state: 'parked', holding: ['approval'] }]);
    const next = await startEngine(options(engine.journal, runs));
    await next.resumeSessions();
    await next.sessions.decideApproval('s', asked.approval, { decision: 'approve' });
    expect(await outcome(next)).toMatchObject({ outcome: 'answered' });
    expect(runs()).toBe(1);
  });

  it('[G1] leaves memory while it waits', async () => {
    const { engine, runs, asked } = await asking();
    engine.runner.passivateIdle(Date.now());
    expect(engine.runner.liveSessions.size).toBe(0);
    await engine.sessions.decideApproval('s', asked.approval, { decision: 'approve' });
    expect(await outcome(engine)).toMatchObject({ outcome: 'answered' });
    expect(runs()).toBe(1);
  });

  it('[G3] is marked as superseded when its turn is cancelled', async () => {
    const { engine, runs, asked } = await asking();
    await engine.sessions.cancelInputs('s', {});
    expect(await outcome(engine)).toMatchObject({ outcome: 'cancelled' });
    expect(await engine.journal.findApproval(asked.approval)).toMatchObject({ state: 'superseded' });
    expect(runs()).toBe(0);
  });

  it('[E5] is refused when the policy is tightened while it waits, approved or not', async () => {
    let permit: RuleDecision = ASK;
    const { engine, runs, asked } = await asking({}, () => permit);
    permit = { verdict: 'deny', rule: 'deploy' };
    await engine.sessions.decideApproval('s', asked.approval, { decision: 'approve' });
    expect((await outcome(engine))?.text).toContain('does not allow');
    expect(runs()).toBe(0);
  });

  it.each([
    ['always', null],
    ['session', 's'],
  ] as const)('[E5] is asked again once what was granted for %s is taken back', async (scope, session) => {
    const { engine, runs, asked } = await asking();
    await engine.sessions.decideApproval('s', asked.approval, { decision: 'approve', scope });
    await outcome(engine);
    expect(await engine.ask('s', 'without a question')).toMatchObject({ outcome: 'answered' });
    const grant = { agent: 'main', session, rule: 'deploy' };
    // Not by way of the engine that runs the session, as another generation would.
    expect(await engine.journal.revokeGrant(grant)).toBe(true);
    expect(await engine.sessions.revokeGrant(grant)).toBe(false);
    await engine.sessions.sendMessage('s', { text: 'again' });
    await pendingQuestion(engine, 's');
    expect(runs()).toBe(2);
  });

  it('is no longer asked about when a parallel call was approved together with similar calls', async () => {
    const deploy = { name: 'deploy', input: {} };
    const script = [{ tools: [deploy, deploy, deploy] }, { text: 'It says {result}' }];
    const { engine, runs, asked } = await asking({ script });
    await engine.sessions.decideApproval('s', asked.approval, { decision: 'approve', scope: 'session' });
    expect(await outcome(engine)).toMatchObject({ outcome: 'answered' });
    expect(runs()).toBe(3);
    const states = (await engine.journal.listApprovals({ limit: 9 })).map(({ state }) => state);
    expect(states.sort()).toEqual(['approved', 'superseded', 'superseded']);
  });

  it('is not asked again in the session, or in any, when the approval said so', async () => {
    for (const scope of ['session', 'always'] as const) {
      const { engine, runs, asked } = await asking();
      await engine.sessions.decideApproval('s', asked.approval, { decision: 'approve', scope });
      await outcome(engine);
      expect(await engine.ask('s', 'again')).toMatchObject({ outcome: 'answered' });
      expect(runs()).toBe(2);
      const other = engine.sessions.sendMessage('t', { text: 'elsewhere' });
      await other;
      if (scope === 'session') await pendingQuestion(engine, 't');
      else expect(await engine.ask('t', 'elsewhere')).toMatchObject({ outcome: 'answered' });
    }
  });

  it('[G1] is asked about again when it would do something other than what was approved', async () => {
    let rule = 'deploy(here)';
    const permit = (): RuleDecision => {
      return { ...ASK, rule, isGrantedBy: () => false, holds: (given) => given === rule };
    };
    const { engine, runs, asked } = await asking({}, permit);
    rule = 'deploy(elsewhere)';
    await engine.sessions.decideApproval('s', asked.approval, { decision: 'approve' });
    const next = await engine.sessions.getApproval(await pendingQuestion(engine, 's', asked.approval));
    expect(next).toMatchObject({ call: asked.call, rule: 'deploy(elsewhere)', state: 'pending' });
    expect(runs()).toBe(0);
    await engine.sessions.decideApproval('s', next.approval, { decision: 'approve' });
    expect(await outcome(engine)).toMatchObject({ outcome: 'answered' });
    expect(runs()).toBe(1);
  });
});

const ASK: Extract<RuleDecision, { verdict: 'ask' }> = {
  verdict: 'ask',
  rule: 'deploy',
  patience: 50_000,
  isGrantedBy: (granted) => granted === 'deploy',
};

function options(journal: Journal, runs: Runs, decideOnCall: () => RuleDecision = () => ASK): EngineOptions {
  return {
    journal,
    script: [{ tools: [{ name: 'deploy', input: { to: 'prod' } }] }, { text: 'It says {result}' }],
    tools: [testTool('deploy', () => runs.add())],
    agent: { decideOnCall },
  };
}

interface Runs {
  (): number;
  add(): string;
}

function counter(): Runs {
  let runs = 0;
  return Object.assign(() => runs, {
    add() {
      runs += 1;
      return 'deployed';
    },
  });
}

/** A session whose turn waits for an approval. */
async function asking(more: Partial<EngineOptions> = {}, permit?: () => RuleDecision) {
  const runs = counter();
  const engine = await startEngine({ ...options(createMemoryJournal(), runs, permit), ...more });
  await engine.sessions.sendMessage('s', { text: 'go', id: 'first', from: 'ann' });
  const asked = await engine.sessions.getApproval(await pendingQuestion(engine, 's'));
  return { engine, runs, asked };
}

function outcome({ sessions }: Engine) {
  return sessions.waitForOutcome('s', 'first', 0, new AbortController().signal);
}
