import { describe, expect, it } from 'vitest';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { Model, Models } from '../../src/models/port/model.ts';
import { createModels } from '../../src/models/registry.ts';
import { TestClock } from '../support/clock.ts';
import { type Engine, pendingQuestion, startEngine, testTool } from '../support/engine.ts';

const NOON = '2026-03-01T12:00:00Z';
const MINUTE = 60_000;
const GRACE = { model: MINUTE, tool: MINUTE, cap: 2 * MINUTE };

describe('[J10] [B5] a retry', () => {
  it.each([
    ['set back by years', '1970-01-01T00:00:00Z'],
    ['set back by minutes', '2026-03-01T11:50:00Z'],
    ['set forward by years', '2060-01-01T00:00:00Z'],
  ])('comes within minutes when the clock is %s', async (_, wrong) => {
    const clock = new TestClock(NOON);
    const engine = await startEngine({ clock, ports: { models: failingOnce() } });
    const { input, seq } = await engine.sessions.sendMessage('s', { text: 'hello' });
    await engine.runner.waitUntil(() => engine.runner.liveSessions.get('s')?.state.turn?.retryAt != null);
    clock.setWallClock(wrong);
    await clock.advanceBy(16 * MINUTE);
    expect(await engine.sessions.waitForOutcome('s', input, seq, new AbortController().signal)).toEqual({
      outcome: 'answered',
      text: 'You said: hello',
    });
  });
});

describe('[J10] [G3] an approval', () => {
  it('is not lost when the clock is wrong for a while, over a restart too, and expires in its time', async () => {
    const clock = new TestClock(NOON);
    const { engine, runs, options } = await asking(clock);
    await pendingQuestion(engine, 's');
    // A machine without a battery starts in 1970 until it has reached a time server.
    await drainRunner(engine.runner, GRACE);
    clock.setWallClock('1970-01-01T00:00:00Z');
    const next = await startEngine(options);
    await next.resumeSessions();
    await clock.advanceBy(30 * MINUTE);
    next.runner.passivateIdle(clock.now());
    expect((await next.journal.findSession('s'))?.status).toBe('waiting');
    clock.setWallClock('2026-03-01T12:50:00Z');
    await clock.advanceBy(5 * MINUTE);
    expect((await next.journal.findSession('s'))?.status).toBe('waiting');
    await clock.advanceBy(6 * MINUTE);
    expect((await next.journal.findSession('s'))?.status).toBe('idle');
    expect(runs()).toBe(0);
  });

  it('can be decided while the clock is wrong', async () => {
    const clock = new TestClock('2090-01-01T00:00:00Z');
    const { engine, runs } = await asking(clock);
    const approval = await pendingQuestion(engine, 's');
    clock.setWallClock(NOON);
    await clock.advanceBy(MINUTE);
    await engine.sessions.decideApproval('s', approval, { decision: 'approve', from: 'ann' });
    await clock.advanceBy(0);
    expect((await engine.journal.findSession('s'))?.status).toBe('idle');
    expect(runs()).toBe(1);
  });
});

it('[J10] [A7] a future deadline is kept while the clock is behind, and a past one delays no session', async () => {
  const clock = new TestClock(NOON);
  const held = Promise.withResolvers<string>();
  const engine = await startEngine({
    clock,
    script: [{ tools: [{ name: 'hold', input: {} }] }, { text: 'done' }],
    tools: [testTool('hold', (_, { session }) => (session === 's' ? held.promise : 'nothing'))],
  });
  await engine.sessions.sendMessage('s', { text: 'go', id: 'a' });
  const late = { mode: 'queue', deadline: Date.parse('2026-03-01T12:10:00Z') } as const;
  const soon = await engine.sessions.sendMessage('s', { text: 'soon', id: 'soon', ...late });
  const kept = await engine.sessions.sendMessage('t', { text: 'kept', id: 'kept', ...late });
  clock.setWallClock('1970-01-01T00:00:00Z');
  await clock.advanceBy(MINUTE);
  expect(await outcome(engine, 't', kept)).toMatchObject({ outcome: 'answered' });
  clock.setWallClock('2026-03-01T12:20:00Z');
  held.resolve('it');
  await clock.advanceBy(MINUTE);
  expect(await outcome(engine, 's', soon)).toMatchObject({ outcome: 'expired' });
});

function outcome({ sessions }: Engine, session: string, { input, seq }: { input: string; seq: number }) {
  return sessions.waitForOutcome(session, input, seq, new AbortController().signal);
}

/** A turn that waits for a person, for at most an hour. */
async function asking(clock: TestClock) {
  let count = 0;
  const tool = testTool('deploy', () => {
    count += 1;
    return 'deployed';
  });
  const permit = () => ({
    verdict: 'ask' as const,
    rule: 'deploy',
    patience: 60 * MINUTE,
    isGrantedBy: () => false,
  });
  const options = {
    journal: createMemoryJournal(),
    clock,
    script: [{ tools: [{ name: 'deploy', input: {} }] }, { text: 'It says {result}' }],
    tools: [tool],
    agent: { decideOnCall: permit },
  };
  const engine = await startEngine(options);
  await engine.sessions.sendMessage('s', { text: 'go' });
  return { engine, runs: () => count, options };
}

/** Models behind a network that is down for the first call. */
function failingOnce(): Models {
  const inner = createModels({
    scripted: { type: 'scripted', concurrency: 8, scripts: { test: [{ text: 'You said: {input}' }] } },
  }).get('scripted/test');
  let calls = 0;
  const model: Model = {
    specificationVersion: 'v4',
    provider: 'far',
    modelId: 'away',
    supportedUrls: {},
    doGenerate: (options) => inner.doGenerate(options),
    doStream(options) {
      calls += 1;
      return calls === 1 ? Promise.reject(new TypeError('fetch failed')) : inner.doStream(options);
    },
  };
  return { get: () => model, concurrency: () => 8 };
}
