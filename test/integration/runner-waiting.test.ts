import { describe, expect, it } from 'vitest';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import { DamagedSessionError, JournalUnavailableError } from '../../src/errors/errors.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { Model } from '../../src/models/port/model.ts';
import { createModels } from '../../src/models/registry.ts';
import { type Engine, startEngine, testTool } from '../support/engine.ts';

/** Enough for anything here that is not stuck. */
const SOON = { timeout: 5_000 };

/** Models of one provider with one place, whose calls wait until they are let through. */
function heldModels() {
  const inner = createModels({
    scripted: { type: 'scripted', concurrency: 1, scripts: { test: [{ text: 'You said: {input}' }] } },
  }).get('scripted/test');
  const entered = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  const model: Model = {
    specificationVersion: 'v4',
    provider: 'scripted',
    modelId: 'test',
    supportedUrls: {},
    doGenerate: (options) => inner.doGenerate(options),
    async doStream(options) {
      entered.resolve();
      await open.promise;
      return inner.doStream(options);
    },
  };
  return { models: { get: () => model, concurrency: () => 1 }, entered: entered.promise, open: open.resolve };
}

/** A tool that waits until it is let through. */
function heldTool() {
  const entered = Promise.withResolvers<void>();
  const held = Promise.withResolvers<string>();
  const tool = testTool('hold', () => {
    entered.resolve();
    return held.promise;
  });
  return { tool, entered: entered.promise, open: () => held.resolve('held') };
}

async function untilSession(
  { sessions, journal }: Engine,
  name: string,
  condition: (view: Awaited<ReturnType<Engine['sessions']['viewSession']>>) => boolean,
) {
  for (;;) {
    if ((await journal.findSession(name)) && condition(await sessions.viewSession(name))) return;
    await new Promise(setImmediate);
  }
}

describe('sessions that wait', SOON, () => {
  it('[A7] a place at the provider goes to the next one when the first in line was cancelled', async () => {
    const { models, entered, open } = heldModels();
    const engine = await startEngine({ ports: { models } });
    const first = engine.ask('first', 'one');
    await entered;
    const cancelled = engine.ask('cancelled', 'two');
    await untilSession(engine, 'cancelled', ({ turn }) => turn !== null);
    const last = engine.ask('last', 'three');
    await untilSession(engine, 'last', ({ turn }) => turn !== null);
    await engine.sessions.cancelInputs('cancelled', {});
    expect(await cancelled).toMatchObject({ outcome: 'cancelled' });
    open();
    expect(await first).toMatchObject({ outcome: 'answered' });
    expect(await last).toMatchObject({ outcome: 'answered' });
  });

  it('[A7] a message that waits for a place stays in memory until it has one', async () => {
    const { tool, entered, open } = heldTool();
    const engine = await startEngine({
      script: [{ tools: [{ name: 'hold', input: {} }] }, { text: 'done' }],
      tools: [tool],
      settings: { turns: 1 },
    });
    const first = engine.ask('first', 'go');
    await entered;
    const second = engine.ask('second', 'go');
    await untilSession(engine, 'second', ({ pending }) => pending.length > 0);
    await engine.runner.waitUntil(() => engine.runner.liveSessions.get('second')?.isQuiet === true);
    engine.runner.passivateIdle(Date.now() + 1);
    open();
    expect(await first).toMatchObject({ outcome: 'answered' });
    expect(await second).toMatchObject({ outcome: 'answered' });
  });

  it('[B7] an input that cannot be read sets its session aside', async () => {
    const journal = createMemoryJournal();
    const inbox = journal.readInbox.bind(journal);
    let reads = 0;
    journal.readInbox = async (name) => {
      if (name !== 'broken') return inbox(name);
      reads += 1;
      throw new DamagedSessionError(name, 'input 1: the record is not readable JSON');
    };
    const engine = await startEngine({ journal });
    await engine.sessions.sendMessage('broken', { text: 'hello' });
    await untilSession(engine, 'broken', ({ damaged }) => damaged !== null);
    expect(await engine.sessions.viewSession('broken')).toMatchObject({
      status: 'quarantined',
      damaged: 'input 1: the record is not readable JSON',
    });
    expect(engine.reports.map(({ event }) => event)).toEqual(['session:damaged']);
    expect(reads).toBe(1);
    expect(engine.runner.liveSessions.has('broken')).toBe(false);
  });

  it('[C6] a drain ends although a session could not be loaded meanwhile', async () => {
    const journal = createMemoryJournal();
    const claiming = Promise.withResolvers<void>();
    const refuse = Promise.withResolvers<void>();
    journal.claimSession = async () => {
      claiming.resolve();
      await refuse.promise;
      throw new JournalUnavailableError('disk full');
    };
    const { sessions, runner } = await startEngine({ journal });
    await sessions.sendMessage('s', { text: 'hello' });
    await claiming.promise;
    const drained = drainRunner(runner, { model: 60_000, tool: 60_000, cap: 120_000 });
    refuse.resolve();
    await drained;
  });

  it('[C2] a resumable call whose start was being recorded when the drain began is let go at once', async () => {
    const journal = createMemoryJournal();
    const append = journal.append.bind(journal);
    const recording = Promise.withResolvers<void>();
    const recorded = Promise.withResolvers<void>();
    journal.append = async (batch) => {
      if (batch.events.some(({ type }) => type === 'tool_call_started')) {
        recording.resolve();
        await recorded.promise;
      }
      return append(batch);
    };
    const job = testTool(
      'job',
      (_, { signal }) =>
        new Promise((resolve) => {
          if (signal.aborted) resolve('');
          signal.addEventListener('abort', () => resolve(''));
        }),
      { resumable: true },
    );
    const { sessions, runner } = await startEngine({
      journal,
      script: [{ tools: [{ name: 'job', input: {} }] }, { text: 'done' }],
      tools: [job],
    });
    await sessions.sendMessage('s', { text: 'go' });
    await recording.promise;
    const drained = drainRunner(runner, { model: 60_000, tool: 60_000, cap: 120_000 });
    recorded.resolve();
    await drained;
    expect((await journal.readEvents('s', 0, 100)).at(-1)).toMatchObject({
      type: 'tool_call_interrupted',
      cause: 'shutdown',
    });
  });
});
