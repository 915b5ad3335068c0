import { describe, expect, it } from 'vitest';
import type { Elicitation, ElicitationResult } from '../../src/core/model/elicitation.ts';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { Tool, ToolContext } from '../../src/tools/port/tool.ts';
import { toolError } from '../../src/tools/port/tool.ts';
import { TestClock } from '../support/clock.ts';
import { type Engine, type EngineOptions, pendingQuestion, startEngine } from '../support/engine.ts';

const GRACE = { model: 60_000, tool: 60_000, cap: 120_000 };
const WHERE: Omit<Elicitation, 'key'> = {
  asker: 'the test',
  message: 'Where to?',
  fields: [
    {
      name: 'place',
      type: 'string',
      required: true,
      options: ['here', 'there'].map((value) => ({ value, title: value })),
    },
    { name: 'copies', type: 'integer', required: false, default: 1 },
  ],
};

/** Says what it was told. */
function say({ decision, content }: Pick<ElicitationResult, 'decision' | 'content'>) {
  return { type: 'text', value: `${decision} ${JSON.stringify(content)}` } as const;
}

/** A tool that asks while it runs. */
const live = toolOf('live', async ({ ask, signal }) => {
  const stopped = new Promise<undefined>((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined)),
  );
  const answer = await Promise.race([ask?.({ key: 'where', ...WHERE }), stopped]);
  return answer ? say(answer) : toolError(`stopped: ${signal.reason}`);
});

/** A tool that ends with its questions. */
const parked = toolOf('parked', async ({ answers, key }) => {
  if (!answers) return { type: 'questions', questions: [{ key: 'where', ...WHERE }], resume: { of: key } };
  return say(answers.given[0] ?? { decision: null, content: null });
});

function toolOf(name: string, run: (context: ToolContext) => ReturnType<Tool['run']>): Tool {
  return {
    name,
    description: `The test's ${name}.`,
    inputSchema: { type: 'object' },
    effect: () => 'write',
    timeout: () => 1_000,
    run: (_, context) => run(context),
  };
}

function options(tool: Tool, more: Partial<EngineOptions> = {}): EngineOptions {
  const script = [{ tools: [{ name: tool.name, input: {} }] }, { text: 'It says {result}' }];
  return { script, tools: [tool], ...more };
}

/** An engine whose tool has asked its question. */
async function asked(tool: Tool, more: Partial<EngineOptions> = {}) {
  const engine = await startEngine(options(tool, more));
  await engine.sessions.sendMessage('s', { id: 'a', text: 'go' });
  return { engine, id: await pendingQuestion(engine, 's') };
}

async function answerOf({ sessions }: Engine): Promise<string | undefined> {
  return (await sessions.waitForOutcome('s', 'a', 0, AbortSignal.timeout(10_000)))?.text;
}

async function typesOf({ journal }: Engine): Promise<string[]> {
  return (await journal.readEvents('s', 0, 100)).map(({ type }) => type);
}

describe.each([
  ['while it runs', live],
  ['in rounds', parked],
])('[G1] [G2] a call that asks a question %s', (_, tool) => {
  it('gets the first answer, with defaults, and later decisions are refused', async () => {
    const { engine, id } = await asked(tool);
    expect(await engine.sessions.getApproval(id)).toMatchObject({
      ...{ state: 'pending', tool: tool.name, session: 's', rule: '', inquiry: { key: 'where', ...WHERE } },
    });
    await engine.sessions.decideApproval('s', id, {
      decision: 'approve',
      from: 'ann',
      content: { place: 'here' },
    });
    const late = engine.sessions.decideApproval('s', id, { decision: 'deny', from: 'ben' });
    await expect(late).rejects.toMatchObject({ code: 'approval_closed' });
    expect(await answerOf(engine)).toBe('It says approved {"place":"here","copies":1}');
    const content = { place: 'here', copies: 1 };
    expect(await engine.sessions.getApproval(id)).toMatchObject({ state: 'approved', from: 'ann', content });
  });

  it.each([
    [{ content: { place: 'nowhere' } }, 'answer_refused', { field: 'place' }],
    [{}, 'answer_refused', { field: 'place' }],
    [{ content: { place: 'here', copies: 1.5 } }, 'answer_refused', { field: 'copies' }],
    [{ content: { place: 'here', more: true } }, 'answer_refused', { field: 'more' }],
    [{ content: { place: 'x'.repeat(70_000) } }, 'answer_too_long', undefined],
    [{ content: { place: 'here' }, scope: 'always' }, 'answer_has_no_scope', undefined],
    [{ decision: 'deny', content: { place: 'here' } }, 'no_answer_wanted', undefined],
  ] as const)('is not decided by %j, and nothing is lost by it', async (bad, code, details) => {
    const { engine, id } = await asked(tool);
    const refused = engine.sessions.decideApproval('s', id, { decision: 'approve', ...bad });
    await expect(refused).rejects.toMatchObject({ code, ...(details ? { details } : {}) });
    expect(await engine.sessions.getApproval(id)).toMatchObject({ state: 'pending' });
    await engine.sessions.decideApproval('s', id, { decision: 'deny' });
    expect(await answerOf(engine)).toBe('It says denied null');
  });

  it('[G3] is told when no client answers in time', async () => {
    const clock = new TestClock('2026-01-01T00:00:00Z');
    const { engine, id } = await asked(tool, { clock, agent: { patience: 5_000 } });
    await clock.advanceBy(5_001);
    expect(await answerOf(engine)).toBe('It says expired null');
    expect(await engine.sessions.getApproval(id)).toMatchObject({ state: 'expired' });
  });

  it('[G3] has no open question when its turn is cancelled', async () => {
    const { engine, id } = await asked(tool);
    await engine.sessions.cancelInputs('s', { id: 'stop' });
    await answerOf(engine);
    expect(await engine.sessions.getApproval(id)).toMatchObject({ state: 'superseded' });
    const late = engine.sessions.decideApproval('s', id, { decision: 'approve', content: { place: 'here' } });
    await expect(late).rejects.toMatchObject({ code: 'approval_closed' });
  });
});

describe('a call that asks while it runs', () => {
  it('[G1] [F6] has as much time after the answer as before: waiting for an answer does not count', async () => {
    const clock = new TestClock('2026-01-01T00:00:00Z');
    const answered = Promise.withResolvers<void>();
    const slow = toolOf('slow', async ({ ask, signal }) => {
      await ask?.({ key: 'where', ...WHERE });
      answered.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return toolError(`stopped: ${signal.reason}`);
    });
    const { engine, id } = await asked(slow, { clock });
    await clock.advanceBy(500_000);
    await engine.sessions.decideApproval('s', id, { decision: 'approve', content: { place: 'here' } });
    await answered.promise;
    await clock.advanceBy(900);
    expect(await typesOf(engine)).not.toContain('tool_call_finished');
    await clock.advanceBy(200);
    expect(await answerOf(engine)).toBe('It says stopped: timeout');
  });

  it('[C4] [G1] does not hold a drain: its question is withdrawn, and what it says then is told', async () => {
    const { engine, id } = await asked(live);
    await drainRunner(engine.runner, GRACE);
    expect(await engine.sessions.getApproval(id)).toMatchObject({ state: 'superseded' });
    const next = await startEngine(options(live, { journal: engine.journal }));
    await next.resumeSessions();
    expect(await answerOf(next)).toBe('It says superseded null');
  });

  it('[G2] counts a decision that comes with the drain', async () => {
    const { engine, id } = await asked(live);
    await engine.sessions.decideApproval('s', id, { decision: 'approve', content: { place: 'there' } });
    await drainRunner(engine.runner, GRACE);
    const next = await startEngine(options(live, { journal: engine.journal }));
    await next.resumeSessions();
    expect(await answerOf(next)).toBe('It says approved {"place":"there","copies":1}');
  });

  it('[K7] is heard sixteen times at most, and the journal has no more', async () => {
    const flood = toolOf('flood', async ({ ask }) => {
      const all = Array.from({ length: 5_000 }, (_, index) => ask?.({ key: String(index), ...WHERE }));
      const told = await Promise.all(all);
      return { type: 'text', value: `${told.filter((answer) => answer?.decision === 'superseded').length}` };
    });
    const { engine } = await asked(flood);
    for (;;) {
      const [open] = await engine.sessions.listApprovals({ session: 's', state: 'pending', limit: 1 });
      if (!open) break;
      await engine.sessions.decideApproval('s', open.approval, { decision: 'deny' });
      while ((await engine.sessions.getApproval(open.approval)).state === 'pending')
        await new Promise(setImmediate);
    }
    expect(await answerOf(engine)).toBe('It says 4984');
    expect((await typesOf(engine)).filter((type) => type === 'approval_requested')).toHaveLength(16);
  });
});

describe('a call that asks in rounds', () => {
  it('[C4] [G1] costs a drain nothing, leaves memory, and is made again in the next generation', async () => {
    const { engine, id } = await asked(parked);
    engine.runner.passivateIdle(Number.POSITIVE_INFINITY);
    expect(engine.runner.liveSessions.size).toBe(0);
    await drainRunner(engine.runner, { model: 1, tool: 1, cap: 2 });
    const next = await startEngine(options(parked, { journal: engine.journal }));
    await next.resumeSessions();
    await next.sessions.decideApproval('s', id, { decision: 'approve', content: { place: 'here' } });
    expect(await answerOf(next)).toBe('It says approved {"place":"here","copies":1}');
    const effects = await next.sessions.readEffects('s', 0, 10);
    expect(effects).toEqual([expect.objectContaining({ attempts: 2, outcome: 'finished', effect: 'write' })]);
  });

  it('[F1] is no effect of the session until it is made again', async () => {
    const { engine, id } = await asked(parked);
    const [effect] = await engine.sessions.readEffects('s', 0, 10);
    expect(effect).toMatchObject({ outcome: 'asking', attempts: 1, endedAt: null });
    await engine.sessions.cancelInputs('s', { id: 'stop', reason: 'not needed' });
    await answerOf(engine);
    expect(await engine.sessions.readEffects('s', 0, 10)).toEqual([
      expect.objectContaining({ outcome: 'refused', reason: 'not needed', attempts: 1 }),
    ]);
    expect(await engine.sessions.getApproval(id)).toMatchObject({ state: 'superseded' });
  });

  it('[G2] is not decided by content where the policy asks', async () => {
    const permit = () =>
      ({ verdict: 'ask', rule: 'parked', patience: 60_000, isGrantedBy: () => false }) as const;
    const { engine, id } = await asked(parked, {
      agent: { decideOnCall: permit },
      journal: createMemoryJournal(),
    });
    const refused = engine.sessions.decideApproval('s', id, {
      decision: 'approve',
      content: { place: 'here' },
    });
    await expect(refused).rejects.toMatchObject({ code: 'no_answer_wanted', status: 422 });
  });
});
