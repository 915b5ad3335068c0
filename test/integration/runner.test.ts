import { describe, expect, it } from 'vitest';
import { foldEvents } from '../../src/core/evolve.ts';
import { createTextContent } from '../../src/core/model/message.ts';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import type { Script } from '../../src/models/providers/script.ts';
import { startEngine, testTool, toolCallPart } from '../support/engine.ts';
import { watchedJournal } from '../support/watched-journal.ts';

/** A promise with its handle, to hold a tool until the test says so. */
function gate() {
  return Promise.withResolvers<string>();
}

describe('the runner', () => {
  it('answers a message', async () => {
    const { ask, sessions } = await startEngine();
    expect(await ask('s', 'hello')).toEqual({ outcome: 'answered', text: 'You said: hello' });
    expect((await sessions.readTranscript('s', 0, 10)).map(({ role, text }) => [role, text])).toEqual([
      ['user', 'hello'],
      ['assistant', 'You said: hello'],
    ]);
  });

  it('[B1] writes the start of each step before its effect and the result with the next start, one commit a step', async () => {
    const { journal, batches } = watchedJournal();
    const seen: string[][] = [];
    const types = () => batches.flatMap(({ events }) => events.map(({ type }) => type));
    const script: Script = [
      { tools: [toolCallPart('look')] },
      { tools: [toolCallPart('look')] },
      { text: 'done' },
    ];
    const look = testTool('look', () => {
      seen.push(types());
      return 'seen';
    });
    const { ask } = await startEngine({ journal, script, tools: [look] });
    await ask('s', 'go');
    expect(seen.map((events) => events.at(-1))).toEqual(['tool_call_started', 'tool_call_started']);
    expect(batches.map(({ events }) => events.map(({ type }) => type))).toEqual([
      ['session_created', 'input_received', 'turn_started', 'model_call_started'],
      ['model_call_finished', 'tool_call_started'],
      ['tool_call_finished', 'model_call_started'],
      ['model_call_finished', 'tool_call_started'],
      ['tool_call_finished', 'model_call_started'],
      ['model_call_finished', 'turn_finished'],
    ]);
  });

  it('[F7] runs parallel calls in parallel, with a limit, and keeps the order of their results', async () => {
    const gates = [gate(), gate(), gate()];
    let running = 0;
    let most = 0;
    const started: Record<number, PromiseWithResolvers<string>> = { 0: gate(), 1: gate(), 2: gate() };
    const slow = testTool('slow', async ({ n }) => {
      running += 1;
      most = Math.max(most, running);
      started[Number(n)]?.resolve('');
      const text = await gates[Number(n)]?.promise;
      running -= 1;
      return text ?? '';
    });
    const { ask, journal } = await startEngine({
      script: [{ tools: [0, 1, 2].map((n) => toolCallPart('slow', { n })) }, { text: 'done' }],
      tools: [slow],
      agent: {
        limits: { modelAttempts: 1, crashAttempts: 1, parallelTools: 2, delegateDepth: 1, children: 1 },
      },
    });
    const answer = ask('s', 'go');
    await started[1]?.promise;
    gates[1]?.resolve('second');
    await started[2]?.promise;
    gates[2]?.resolve('third');
    gates[0]?.resolve('first');
    await answer;
    expect(most).toBe(2);
    const { events } = await journal.loadSession('s');
    const results = foldEvents(events).history.flatMap((message) =>
      message.role === 'tool' ? message.content : [],
    );
    expect(results.map(({ output }) => output)).toEqual(
      ['first', 'second', 'third'].map((value) => ({ type: 'text', value })),
    );
  });

  it('[A9] lets a message steer the running turn at the next step boundary, or wait for a turn of its own', async () => {
    const held = gate();
    const entered = gate();
    const hold = testTool('hold', () => {
      entered.resolve('');
      return held.promise;
    });
    const script: Script = [
      { tools: [toolCallPart('hold')] },
      { text: 'heard {input}' },
      { text: 'then {input}' },
    ];
    const { ask, sessions } = await startEngine({ script, tools: [hold] });
    const first = ask('s', 'go');
    await entered.promise;
    const queued = ask('s', { id: 'q', text: 'later', mode: 'queue' });
    const steered = ask('s', { id: 'st', text: 'left!', mode: 'steer' });
    while ((await sessions.viewSession('s')).pending.length < 2) await new Promise(setImmediate);
    held.resolve('held');
    expect((await first).text).toBe('heard left!');
    expect((await steered).text).toBe('heard left!');
    expect((await queued).text).toBe('then later');
  });

  it('cancels a running turn, what runs in it and what waits behind it', async () => {
    const entered = gate();
    const aborted = gate();
    const endless = testTool('endless', (_, { signal }) => {
      entered.resolve('');
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted.resolve(String(signal.reason));
          resolve('stopped');
        });
      });
    });
    const { ask, sessions } = await startEngine({
      script: [{ tools: [toolCallPart('endless')] }, { text: 'never' }],
      tools: [endless],
    });
    const answers = [ask('s', 'go')];
    await entered.promise;
    answers.push(ask('s', { id: 'b', text: 'later', mode: 'queue' }));
    await sessions.cancelInputs('s', { reason: 'enough' });
    expect(await aborted.promise).toBe('cancelled');
    expect(await Promise.all(answers)).toEqual([
      { outcome: 'cancelled', text: '', reason: 'enough' },
      { outcome: 'cancelled', text: '', reason: 'enough' },
    ]);
    expect((await sessions.viewSession('s')).status).toBe('idle');
  });

  it('bounds turns and calls per provider, and leaves no session waiting', async () => {
    let running = 0;
    let most = 0;
    const busy = testTool('busy', async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return 'ok';
    });
    const { ask } = await startEngine({
      script: [{ tools: [toolCallPart('busy')] }, { text: 'done' }],
      tools: [busy],
      settings: { turns: 3 },
      concurrency: 2,
    });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(`s${n}`, 'go')));
    expect(answers.every(({ outcome }) => outcome === 'answered')).toBe(true);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('drops resting sessions from memory and takes them up again', async () => {
    const { ask, runner } = await startEngine();
    await ask('s', 'one');
    await runner.waitUntil(() => [...runner.liveSessions.values()].every(({ isQuiet: quiet }) => quiet));
    runner.passivateIdle(Date.now());
    expect(runner.liveSessions.size).toBe(0);
    expect(await ask('s', 'two')).toMatchObject({ text: 'You said: two' });
  });

  it('drains to the step boundary, and the next generation continues from there', async () => {
    const journal = createMemoryJournal();
    const entered = gate();
    const held = gate();
    let runs = 0;
    const hold = testTool('hold', () => {
      runs += 1;
      entered.resolve('');
      return held.promise;
    });
    const options = {
      journal,
      script: [{ tools: [toolCallPart('hold')] }, { text: 'got {result}' }],
      tools: [hold],
    };
    const old = await startEngine(options);
    const { input, seq } = await old.sessions.sendMessage('s', { text: 'go' });
    await entered.promise;
    const drained = drainRunner(old.runner, { model: 60_000, tool: 60_000, cap: 120_000 });
    held.resolve('it');
    await drained;
    expect(old.runner.liveSessions.size).toBe(0);
    const next = await startEngine(options);
    await next.resumeSessions();
    const outcome = await next.sessions.waitForOutcome('s', input, seq, new AbortController().signal);
    expect(outcome).toEqual({ outcome: 'answered', text: 'got it' });
    expect(runs).toBe(1);
  });

  it('[F5] stores a long output whole and gives the model a window on it', async () => {
    const long = testTool('long', () => `begin ${'x'.repeat(9_000)} end`);
    const { ask, journal } = await startEngine({
      script: [{ tools: [toolCallPart('long')] }, { text: 'ok' }],
      tools: [long],
    });
    await ask('s', 'go');
    const events = await journal.readEvents('s', 0, 100);
    const finished = events.find(({ type }) => type === 'tool_call_finished');
    if (finished?.type !== 'tool_call_finished' || !finished.blob) throw new Error('no blob');
    expect(finished.blob.bytes).toBe(9_010);
    expect(Buffer.from((await journal.readBlob(finished.blob.id, 0, 9_010)) ?? []).toString()).toMatch(
      /^begin x+ end$/,
    );
    const { output } = finished;
    expect(output.type === 'text' && output.value.length).toBeLessThan(2_600);
    expect(JSON.stringify(output)).toContain('read_output');
  });

  it('[F6] ends a call at its time limit and tells the turn', async () => {
    const hung = testTool(
      'hung',
      (_, { signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => resolve(`ended by ${signal.reason}`)),
        ),
      { timeout: () => 5 },
    );
    const { ask } = await startEngine({
      script: [{ tools: [toolCallPart('hung')] }, { text: '{result}' }],
      tools: [hung],
    });
    expect((await ask('s', 'go')).text).toBe('ended by timeout');
  });

  it('[A7] takes up a session that another generation lets go of while it is refused here', async () => {
    const journal = createMemoryJournal();
    const other = await journal.openGeneration({ version: 'test', pid: 1 });
    const input = { kind: 'message', id: 'a', content: createTextContent('hello'), mode: 'queue' } as const;
    const { seq } = await journal.deliver({ session: 's', agent: 'main', input, at: Date.now() });
    await journal.claimSession('s', other);
    const { engine, sessions } = await startEngine({ journal });
    // The answer to its first claim is on its way while everything else happens.
    const claim = journal.claimSession.bind(journal);
    const arrives = Promise.withResolvers<void>();
    journal.claimSession = (name, generation) => {
      journal.claimSession = claim;
      return claim(name, generation).finally(() => arrives.promise);
    };
    engine.wakeSession('s');
    await journal.closeGeneration(other);
    engine.wakeSession('s');
    arrives.resolve();
    const outcome = await sessions.waitForOutcome('s', 'a', seq, new AbortController().signal);
    expect(outcome).toEqual({ outcome: 'answered', text: 'You said: hello' });
  });
});
