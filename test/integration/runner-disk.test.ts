import { describe, expect, it } from 'vitest';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import type { RuleDecision } from '../../src/permissions/decision.ts';
import { startEngine, testTool, toolCallPart } from '../support/engine.ts';
import { watchedJournal } from '../support/watched-journal.ts';

describe('the runner', () => {
  it('[A2] starts no model call when the journal refuses the message, and says so', async () => {
    const { journal, refuse, batches } = watchedJournal();
    const { sessions, ask } = await startEngine({ journal });
    refuse.deliveries = 1;
    await expect(sessions.sendMessage('s', { text: 'hello' })).rejects.toThrow(
      /cannot be written \(disk full\)/,
    );
    expect(batches).toEqual([]);
    expect(await ask('s', 'again')).toMatchObject({ outcome: 'answered' });
  });

  it('[J9] keeps finished work until the journal takes it', async () => {
    const { journal, refuse } = watchedJournal();
    let runs = 0;
    const once = testTool('once', () => {
      runs += 1;
      refuse.appends = 2;
      return 'ran';
    });
    const { ask, reports } = await startEngine({
      journal,
      script: [{ tools: [toolCallPart('once')] }, { text: '{result}' }],
      tools: [once],
    });
    expect(await ask('s', 'go')).toEqual({ outcome: 'answered', text: 'ran' });
    expect(runs).toBe(1);
    expect(reports.map(({ event }) => event)).toContain('journal:unavailable');
  });

  it('[E5] [J9] decides again what may start each time that the journal has refused the start', async () => {
    const { journal, refuse, batches } = watchedJournal();
    let permit: RuleDecision = { verdict: 'allow' };
    let runs = 0;
    const tools = [
      testTool('first', () => {
        // What comes next has to wait for the disk, and is denied by the time there is space.
        refuse.appends = 2;
        return 'ran';
      }),
      testTool('second', () => {
        runs += 1;
        return 'ran';
      }),
    ];
    const { ask } = await startEngine({
      journal,
      script: [{ tools: [toolCallPart('first'), toolCallPart('second')] }, { text: '{result}' }],
      tools,
      agent: {
        decideOnCall: (tool) => (tool === 'second' ? permit : { verdict: 'allow' }),
        limits: { modelAttempts: 3, crashAttempts: 3, parallelTools: 1, delegateDepth: 3, children: 8 },
      },
      ports: {
        report(event) {
          if (event === 'journal:unavailable') permit = { verdict: 'deny', rule: 'second' };
        },
      },
    });
    const { text } = await ask('s', 'go');
    expect(text).toContain('the operator does not allow this agent to use second');
    expect(runs).toBe(0);
    const begun = batches.flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'tool_call_started' ? [event.call] : [])),
    );
    expect(begun).toEqual(['1.1']);
  });

  it('[E5] [C2] a generation that is told to leave while a start waits for the disk begins nothing when there is space', async () => {
    const { journal, refuse } = watchedJournal();
    const waits = Promise.withResolvers<void>();
    const runs: string[] = [];
    const options = (generation: string, permit: RuleDecision) => ({
      journal,
      script: [{ tools: [toolCallPart('first'), toolCallPart('second')] }, { text: '{result}' }],
      tools: ['first', 'second'].map((name) =>
        testTool(name, () => {
          runs.push(`${name} in the ${generation}`);
          if (name === 'first') refuse.appends = 2;
          return 'ran';
        }),
      ),
      agent: {
        decideOnCall: (tool: string): RuleDecision => (tool === 'second' ? permit : { verdict: 'allow' }),
        limits: { modelAttempts: 3, crashAttempts: 3, parallelTools: 1, delegateDepth: 3, children: 8 },
      },
      ports: { report: () => waits.resolve() },
    });
    const old = await startEngine(options('old', { verdict: 'allow' }));
    const { seq, input } = await old.sessions.sendMessage('s', { text: 'go' });
    await waits.promise;
    await drainRunner(old.runner, { model: 60_000, tool: 60_000, cap: 120_000 });
    const next = await startEngine(options('next', { verdict: 'deny', rule: 'second' }));
    await next.resumeSessions();
    const outcome = await next.sessions.waitForOutcome('s', input, seq, new AbortController().signal);
    expect(outcome?.text).toContain('the operator does not allow this agent to use second');
    expect(runs).toEqual(['first in the old']);
  });

  it.each([
    ['a permission', 'the operator does not allow this agent to use deploy'],
    ['a grant', 'deploy needs an approval now; call again to ask for it'],
  ] as const)('[E5] %s that is taken away while a start is being recorded is not used', async (what, why) => {
    const { journal } = watchedJournal();
    const ask: RuleDecision = { verdict: 'ask', rule: 'deploy', patience: 60_000, isGrantedBy: () => true };
    let permit: RuleDecision = what === 'a grant' ? ask : { verdict: 'allow' };
    const grant = { agent: 'main', session: null, rule: 'deploy' };
    let granted = true;
    journal.listGrantedRules = async () => (granted ? [grant.rule] : []);
    const append = journal.append.bind(journal);
    journal.append = async (batch) => {
      await append(batch);
      if (!batch.events.some(({ type }) => type === 'tool_call_started')) return;
      granted = false;
      if (what === 'a permission') permit = { verdict: 'deny', rule: 'deploy' };
    };
    let runs = 0;
    const { ask: tell, sessions } = await startEngine({
      journal,
      script: [{ tools: [toolCallPart('deploy')] }, { text: '{result}' }],
      tools: [
        testTool('deploy', () => {
          runs += 1;
          return 'ran';
        }),
      ],
      agent: { decideOnCall: () => permit },
    });
    expect(await tell('s', 'go')).toEqual({ outcome: 'answered', text: `This call was not run: ${why}.` });
    expect(runs).toBe(0);
    expect(await sessions.readEffects('s', 0, 10)).toMatchObject([{ tool: 'deploy', outcome: 'failed' }]);
  });

  it('[J9] a model call that waits for the disk keeps no place of its provider to itself twice', async () => {
    const { journal, refuse } = watchedJournal();
    refuse.appends = 3;
    const { ask } = await startEngine({ journal, concurrency: 1 });
    expect(await Promise.all([ask('a', 'one'), ask('b', 'two')])).toHaveLength(2);
    expect(await ask('c', 'three')).toMatchObject({ outcome: 'answered' });
  });
});
