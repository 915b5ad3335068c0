import { describe, expect, it } from 'vitest';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import { createDelegateTool } from '../../src/tools/delegate/delegate.ts';
import { type Engine, type EngineOptions, startEngine, testTool } from '../support/engine.ts';

const GRACE = { model: 60_000, tool: 60_000, cap: 120_000 };

describe('work that is given to another session', { timeout: 10_000 }, () => {
  it('[H1] comes back as the result of the call, once', async () => {
    const { engine, work } = await delegating();
    work.finish('found it');
    expect(await outcome(engine)).toEqual({ outcome: 'answered', text: 'They say: found it' });
    const child = await engine.journal.readEvents('s/call-1.1', 0, 100);
    expect(child.map(({ type }) => type)).toContain('turn_finished');
    expect(work.runs()).toBe(1);
    const parent = await engine.journal.readEvents('s', 0, 100);
    expect(parent.filter(({ type }) => type === 'tool_call_finished')).toHaveLength(1);
  });

  it('[C4] [H1] parks its parent, which delays no drain, and continues in the next generation', async () => {
    const journal = createMemoryJournal();
    const { engine, work, options } = await delegating(journal);
    const left: unknown[] = [];
    const drained = drainRunner(
      engine.runner,
      { ...GRACE, tool: 1 },
      {
        onLeft: (active) => left.push(...active),
        onMoved() {},
      },
    );
    await drained;
    expect(left).toEqual([
      { session: 's', state: 'parked', holding: ['child'] },
      { session: 's/call-1.1', state: 'running', holding: ['work (1.1)'] },
    ]);
    const next = await startEngine(options);
    await next.resumeSessions();
    expect(await outcome(next)).toEqual({ outcome: 'answered', text: 'They say: stopped' });
    // It was done all the same, so it is not done again.
    expect(work.runs()).toBe(1);
  });

  it('[H1] is cancelled with its parent', async () => {
    const { engine } = await delegating();
    await engine.sessions.cancelInputs('s', {});
    expect(await outcome(engine)).toMatchObject({ outcome: 'cancelled' });
    await untilIdle(engine, 's/call-1.1');
    expect(await engine.sessions.viewSession('s/call-1.1')).toMatchObject({ last: { outcome: 'cancelled' } });
  });

  it('[H1] is bounded in depth and number, with a reason that says so', async () => {
    const limits = { modelAttempts: 3, crashAttempts: 3, parallelTools: 8 };
    const tools = [createDelegateTool(['main'])];
    const script = [{ tools: [give('main'), give('main')] }, { text: '{result}' }];
    const one = { tools, script, agent: { limits: { ...limits, delegateDepth: 1, children: 1 } } };
    const engine = await startEngine(one);
    expect((await engine.ask('s', 'go')).text).toContain('a turn may begin 1 other sessions');
    const [child] = await engine.journal.listSessions({ prefix: 's/', limit: 10 });
    const events = await engine.journal.readEvents(child?.session ?? '', 0, 100);
    expect(JSON.stringify(events)).toContain('nested 1 deep');
  });

  it('an agent that does not exist is named, and so is the one that was meant', async () => {
    const engine = await startEngine({
      tools: [createDelegateTool(['main'])],
      script: [{ tools: [give('mian')] }, { text: '{result}' }],
    });
    expect((await engine.ask('s', 'go')).text).toContain('did you mean \\"main\\"?'.replaceAll('\\', ''));
  });
});

function give(agent: string) {
  return { name: 'delegate', input: { agent, task: 'find it' } };
}

/** A session that waits for the child that it began, which is at work. */
async function delegating(journal = createMemoryJournal()) {
  const entered = Promise.withResolvers<void>();
  const held = Promise.withResolvers<string>();
  let runs = 0;
  const work = testTool(
    'work',
    (_, { signal }) => {
      runs += 1;
      entered.resolve();
      signal.addEventListener('abort', () => held.resolve('stopped'));
      return held.promise;
    },
    { effect: () => 'read' },
  );
  const options: EngineOptions = {
    journal,
    tools: [createDelegateTool(['helper']), work],
    script: [{ tools: [give('helper')] }, { text: 'They say: {result}' }],
    others: { helper: [{ tools: [{ name: 'work', input: {} }] }, { text: '{result}' }] },
  };
  const engine = await startEngine(options);
  await engine.sessions.sendMessage('s', { text: 'go', id: 'first' });
  await entered.promise;
  return { engine, options, work: { finish: held.resolve, runs: () => runs } };
}

function outcome({ sessions }: Engine) {
  return sessions.waitForOutcome('s', 'first', 0, new AbortController().signal);
}

async function untilIdle({ journal }: Engine, session: string) {
  while ((await journal.findSession(session))?.status !== 'idle') await new Promise(setImmediate);
}
