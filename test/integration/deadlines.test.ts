import { describe, expect, it } from 'vitest';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { RuleDecision } from '../../src/permissions/decision.ts';
import { createDelegateTool } from '../../src/tools/delegate/delegate.ts';
import { TestClock } from '../support/clock.ts';
import {
  type Engine,
  type EngineOptions,
  pendingQuestion,
  startEngine,
  testTool,
} from '../support/engine.ts';

const NOON = '2026-03-01T12:00:00Z';
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const GRACE = { model: SECOND, tool: SECOND, cap: 60 * SECOND };

describe('a message with a deadline that waits behind a turn', { timeout: 10_000 }, () => {
  it.each([
    ['a person', 'deploy'],
    ['another session', 'delegate'],
    ['a tool', 'hold'],
  ])('[A7] [C13] is closed when its time is over, although the turn waits for %s', async (_, tool) => {
    const { engine, clock, close } = await waiting(tool);
    await clock.advanceBy(29 * SECOND);
    expect(await close(engine)).toEqual([]);
    await clock.advanceBy(1 * SECOND);
    expect(await close(engine)).toEqual([['late', 'expired', 30 * SECOND]]);
    expect((await engine.sessions.viewSession('s')).turn?.number).toBe(1);
  });

  it.each([
    ['a person', 'deploy'],
    ['another session', 'delegate'],
  ])(
    '[A7] [C13] is closed in its time after its session has left memory, waiting for %s',
    async (_, tool) => {
      const { engine, clock, close } = await waiting(tool);
      engine.runner.passivateIdle(clock.now());
      expect(engine.runner.liveSessions.has('s')).toBe(false);
      await clock.advanceBy(29 * SECOND);
      expect(engine.runner.liveSessions.has('s')).toBe(false);
      await clock.advanceBy(1 * SECOND);
      expect(await close(engine)).toEqual([['late', 'expired', 30 * SECOND]]);
    },
  );

  it('[A7] [C13] is closed in its time by the next process', async () => {
    const { engine, clock, options, close } = await waiting('deploy');
    await drainRunner(engine.runner, GRACE);
    const next = await startEngine(options);
    await next.resumeSessions();
    await clock.advanceBy(0);
    next.runner.passivateIdle(clock.now());
    await clock.advanceBy(30 * SECOND);
    expect(await close(next)).toEqual([['late', 'expired', 30 * SECOND]]);
  });

  it('[A7] [C13] is closed as soon as there is a process again', async () => {
    const { engine, clock, options, close } = await waiting('deploy');
    await drainRunner(engine.runner, GRACE);
    await clock.advanceBy(HOUR / 2);
    const next = await startEngine(options);
    await next.resumeSessions();
    await clock.advanceBy(0);
    expect(await close(next)).toEqual([['late', 'expired', HOUR / 2]]);
    expect((await next.sessions.viewSession('s')).approvals).toHaveLength(1);
  });

  it('[A7] [J10] is closed within half a minute of a clock that was set forward', async () => {
    const { engine, clock, close } = await waiting('hold');
    clock.setWallClock('2026-03-01T12:00:29Z');
    await clock.advanceBy(SECOND);
    clock.setWallClock('2026-03-01T13:00:00Z');
    await clock.advanceBy(30 * SECOND);
    expect(await close(engine)).toMatchObject([['late', 'expired', expect.any(Number)]]);
  });
});

/** A session whose turn waits, and a message behind it that is to be begun within half a minute. */
async function waiting(tool: string) {
  const clock = new TestClock(NOON);
  const journal = createMemoryJournal();
  const ask: RuleDecision = { verdict: 'ask', rule: 'deploy', patience: HOUR, isGrantedBy: () => false };
  const input = tool === 'delegate' ? { agent: 'helper', task: 'do it' } : {};
  const options: EngineOptions = {
    journal,
    clock,
    settings: { toolTimeout: HOUR },
    tools: [
      createDelegateTool(['helper']),
      testTool('deploy', () => 'deployed'),
      testTool('hold', () => new Promise<string>(() => {})),
    ],
    agent: { decideOnCall: (name) => (name === 'deploy' ? ask : { verdict: 'allow' }) },
    script: [{ tools: [{ name: tool, input }] }, { text: 'done' }],
    others: { helper: [{ tools: [{ name: 'deploy', input: {} }] }, { text: 'done' }] },
  };
  const engine = await startEngine(options);
  const start = clock.now();
  await engine.sessions.sendMessage('s', { text: 'go', id: 'first' });
  if (tool !== 'hold') await pendingQuestion(engine, tool === 'deploy' ? 's' : 's/call-1.1');
  await engine.sessions.sendMessage('s', {
    text: 'soon',
    id: 'late',
    mode: 'queue',
    deadline: start + 30 * SECOND,
  });
  await clock.advanceBy(0);
  /** Which messages were closed, how, and how long after the start. */
  const close = async ({ journal }: Engine) =>
    (await journal.readEvents('s', 0, 100)).flatMap((event) =>
      event.type === 'input_closed' ? [[event.inputs.join(), event.outcome, event.at - start]] : [],
    );
  return { engine, clock, options, close };
}
