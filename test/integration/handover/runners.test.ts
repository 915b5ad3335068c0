import { describe, expect, it } from 'vitest';
import { createTextContent } from '../../../src/core/model/message.ts';
import { drainRunner } from '../../../src/engine/runner/drain.ts';
import { DamagedSessionError } from '../../../src/errors/errors.ts';
import { createMemoryJournal } from '../../../src/journal/memory/memory.ts';
import type { Model, Models } from '../../../src/models/port/model.ts';
import { type Engine, startEngine, testTool } from '../../support/engine.ts';

const GRACE = { model: 60_000, tool: 60_000, cap: 120_000 };

describe('generations that follow each other', { timeout: 5_000 }, () => {
  it('[C2] a drain stops the resuming of unfinished sessions', async () => {
    const journal = createMemoryJournal();
    const claim = journal.claimSession.bind(journal);
    const claimed: string[] = [];
    const both = Promise.withResolvers<void>();
    const open = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
    journal.claimSession = async (session, ...rest) => {
      claimed.push(session);
      if (session === 'b') both.resolve();
      if (session === 'a' || session === 'b') await open[session].promise;
      return claim(session, ...rest);
    };
    for (const session of ['a', 'b', 'c']) {
      const input = { kind: 'message', id: 'i', content: createTextContent('hello'), mode: 'steer' } as const;
      await journal.deliver({ session, agent: 'main', input, at: 1 });
    }
    const { runner, resumeSessions } = await startEngine({ journal, settings: { resumeConcurrency: 2 } });
    const resumed = resumeSessions();
    await both.promise;
    const drained = drainRunner(runner, GRACE);
    open.a.resolve();
    await new Promise(setImmediate);
    open.b.resolve();
    await Promise.all([resumed, drained]);
    expect(claimed).toEqual(['a', 'b']);
  });

  it('[C2] [D2] a session moves at its next step boundary, and its model is told once', async () => {
    const { journal, tool, options, old, input, seq } = await inTool('hold', 'got {result}');
    const next = await startEngine({ ...options, script: [{ text: 'hello' }, { text: 'got {result}' }] });
    const moved = handOver(old, next);
    expect(await next.ask('t', 'is somebody there?')).toEqual({ outcome: 'answered', text: 'hello' });
    tool.finish('it');
    expect(await moved).toEqual([{ session: 's', cut: [] }]);
    const end = await next.sessions.waitForOutcome('s', input, seq, new AbortController().signal);
    expect(end).toEqual({ outcome: 'answered', text: 'got it' });
    expect(tool.runs()).toBe(1);
    const events = await journal.readEvents('s', 0, 100);
    expect(events.filter(({ type }) => type === 'system_note_added')).toHaveLength(1);
    const generations = events.flatMap((event) => ('generation' in event ? [event.generation] : []));
    expect(generations).toEqual([1, 1, 2]);
  });

  it('[C4] a turn that waits for its provider moves at once', async () => {
    const journal = createMemoryJournal();
    const old = await startEngine({ journal, ports: { models: unreachable() } });
    await old.sessions.sendMessage('s', { text: 'go' });
    await old.runner.waitUntil(() => old.runner.liveSessions.get('s')?.state.turn?.retryAt != null);
    const next = await startEngine({ journal });
    const left: unknown[] = [];
    await drainRunner(old.runner, GRACE, { onLeft: (active) => left.push(...active), onMoved: () => {} });
    expect(left).toEqual([{ session: 's', state: 'parked', holding: ['retry'] }]);
    await next.resumeSessions();
    expect(await journal.findSession('s')).toMatchObject({ owner: 2, status: 'waiting' });
  });

  it('[C6] the cap holds with a hanging model and tool; cut sessions continue', async () => {
    const { tool, options, old, input, seq } = await inTool('hang', '{result}');
    const next = await startEngine(options);
    const moved = handOver(old, next, { model: 1, tool: 1, cap: 20 });
    expect(await moved).toEqual([{ session: 's', cut: ['hang (1.1)'] }]);
    const end = await next.sessions.waitForOutcome('s', input, seq, new AbortController().signal);
    expect(end?.text).toContain('outcome of this call is unknown');
    expect(tool.runs()).toBe(1);
  });

  it('[C7] a generation that counts as dead can neither record nor start a step', async () => {
    const { journal, tool, options, old, input, seq } = await inTool('hold', 'got {result}');
    const next = await startEngine(options);
    await journal.endEarlierGenerations(2, []);
    await next.resumeSessions();
    const end = await next.sessions.waitForOutcome('s', input, seq, new AbortController().signal);
    expect(end).toMatchObject({ outcome: 'answered' });
    const before = await journal.readEvents('s', 0, 100);
    tool.finish('late');
    await old.runner.waitUntil(() => old.runner.liveSessions.size === 0);
    expect(old.reports).toContainEqual({ event: 'session:fenced', about: { session: 's' } });
    expect(await journal.readEvents('s', 0, 100)).toEqual(before);
  });

  it('[J6] an input that only a newer release can read costs the leaving generation no finished step', async () => {
    const { journal, tool, old } = await inTool('hold', 'got {result}');
    journal.readInbox = async () => {
      throw new DamagedSessionError('s', 'input 2: "input_received" has version 99');
    };
    const left = Promise.withResolvers<void>();
    const drained = drainRunner(old.runner, GRACE, { onLeft: () => left.resolve(), onMoved() {} });
    await left.promise;
    // The kept session has checked its inbox before its tool ends.
    await new Promise(setImmediate);
    tool.finish('it');
    await drained;
    expect((await journal.readEvents('s', 0, 100)).at(-1)).toMatchObject({ type: 'tool_call_finished' });
    expect(await journal.findSession('s')).toMatchObject({ damaged: null, owner: null });
  });

  it('[A4] a message that the leaving generation accepts is answered by the next one', async () => {
    const { tool, options, old } = await inTool('hold', 'said {input}');
    const next = await startEngine(options);
    const moved = handOver(old, next);
    const { input, seq } = await old.sessions.sendMessage('s', { text: 'and this', id: 'late' });
    tool.finish('it');
    await moved;
    const end = await next.sessions.waitForOutcome('s', input, seq, new AbortController().signal);
    expect(end).toEqual({ outcome: 'answered', text: 'said and this' });
  });
});

/** Opens a session in the middle of a tool call; after the call its model answers `last`. */
async function inTool(name: string, last: string) {
  const journal = createMemoryJournal();
  const tool = gated(name);
  const script = [{ tools: [{ name, input: {} }] }, { text: last }];
  const options = { journal, script, tools: [tool.tool] };
  const old = await startEngine(options);
  const { input, seq } = await old.sessions.sendMessage('s', { text: 'go' });
  await tool.entered;
  return { journal, tool, options, old, input, seq };
}

/** Does what the supervisor does between two generations, with both in this process. */
async function handOver(old: Engine, next: Engine, grace = GRACE) {
  const moved: { session: string; cut: string[] }[] = [];
  await drainRunner(old.runner, grace, {
    onLeft: () => void next.resumeSessions(),
    onMoved(session, cut) {
      moved.push({ session, cut: [...cut] });
      void next.engine.wakeSession(session);
    },
  });
  return moved;
}

/** Creates a tool that ends when the test releases it, and never because it is cancelled. */
function gated(name: string) {
  const entered = Promise.withResolvers<void>();
  const held = Promise.withResolvers<string>();
  let runs = 0;
  const tool = testTool(name, () => {
    runs += 1;
    entered.resolve();
    return held.promise;
  });
  return { tool, entered: entered.promise, finish: held.resolve, runs: () => runs };
}

/** Creates models behind a network that is down. */
function unreachable(): Models {
  const model: Model = {
    specificationVersion: 'v4',
    provider: 'far',
    modelId: 'away',
    supportedUrls: {},
    doGenerate: () => Promise.reject(new TypeError('fetch failed')),
    doStream: () => Promise.reject(new TypeError('fetch failed')),
  };
  return { get: () => model, concurrency: () => 8 };
}
