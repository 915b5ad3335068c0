import { describe, expect, it } from 'vitest';
import { createTextContent } from '../../src/core/model/message.ts';
import { drainRunner } from '../../src/engine/runner/drain.ts';
import { DamagedSessionError } from '../../src/errors/errors.ts';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import { createDelegateTool } from '../../src/tools/delegate/delegate.ts';
import { type Engine, type EngineOptions, startEngine, testTool } from '../support/engine.ts';

const GRACE = { model: 1, tool: 1, cap: 60_000 };
const CHILD = 's/call-1.1';
const DAMAGE = 'event 2: the record is not readable JSON';
const TOLD = `The outcome of this call is unknown: the session "${CHILD}" is quarantined because its journal cannot be read (${DAMAGE}).`;

describe('a session whose child was set aside', { timeout: 10_000 }, () => {
  it('[H1] [A7] [B7] is told so, and continues', async () => {
    const { next } = await damaged();
    await next.resumeSessions();
    expect((await outcome(next))?.text).toContain(TOLD);
    expect(await next.sessions.viewSession(CHILD)).toMatchObject({ damaged: DAMAGE });
    expect(await results(next)).toEqual(['tool_call_outcome_unknown']);
  });

  it('[H1] [B7] is told once, also when the child is released and ends its work', async () => {
    const { next, mend, work } = await damaged();
    await next.resumeSessions();
    await outcome(next);
    mend();
    await next.sessions.releaseSession(CHILD, {});
    await untilIdle(next, CHILD);
    expect(work.runs).toBe(2);
    expect(await next.sessions.viewSession(CHILD)).toMatchObject({
      damaged: null,
      last: { outcome: 'answered' },
    });
    expect(await next.journal.readInbox('s')).toEqual([]);
    expect(await results(next)).toEqual(['tool_call_outcome_unknown']);
  });

  it('[H1] [B7] keeps the result of a child that was released before anybody was told', async () => {
    const { next, mend, journal } = await damaged();
    await journal.markDamaged(CHILD, DAMAGE);
    mend();
    await next.sessions.releaseSession(CHILD, {});
    expect((await outcome(next))?.text).toBe('They say: done');
    expect(await results(next)).toEqual(['tool_call_finished']);
  });

  it('[H1] [A7] [B7] looks by itself where the process died before it could be told', async () => {
    const { next, journal } = await damaged();
    await journal.markDamaged(CHILD, DAMAGE);
    await next.resumeSessions();
    expect((await outcome(next))?.text).toContain(TOLD);
  });

  it('[H1] [B7] is told although it has left memory', async () => {
    const { next, journal } = await damaged();
    const claim = journal.claimSession.bind(journal);
    const parked = Promise.withResolvers<void>();
    journal.claimSession = async (name, generation) => {
      if (name === CHILD) await parked.promise;
      return claim(name, generation);
    };
    const resumed = next.resumeSessions();
    while (!next.runner.liveSessions.get('s')?.isQuiet) await new Promise(setImmediate);
    next.runner.passivateIdle(Date.now());
    expect([...next.runner.liveSessions.keys()]).toEqual([]);
    parked.resolve();
    await resumed;
    expect((await outcome(next))?.text).toContain(TOLD);
  });

  it('[B7] a session that does not wait is told nothing: a name alone makes no child', async () => {
    const { next, journal } = await damaged('other/call-1.1');
    const input = {
      kind: 'message',
      id: 'first',
      content: createTextContent('hello'),
      mode: 'queue',
    } as const;
    await journal.deliver({ session: 'other', agent: 'helper', input, at: 1 });
    await next.engine.wakeSession('other');
    await next.sessions.sendMessage('other/call-1.1', { text: 'hello' });
    while ((await journal.findSession('other/call-1.1'))?.damaged === null) await new Promise(setImmediate);
    await untilIdle(next, 'other');
    // What was sent to it would be in its inbox by now.
    await new Promise(setImmediate);
    await untilIdle(next, 'other');
    const events = await journal.readEvents('other', 0, 100);
    const kinds = events.flatMap((event) => (event.type === 'input_received' ? [event.input.kind] : []));
    expect(kinds).toEqual(['message']);
  });
});

/** A parent that waits, its child interrupted in the middle of its work, and then a journal that cannot be read. */
async function damaged(which = CHILD) {
  const journal = createMemoryJournal();
  const entered = Promise.withResolvers<void>();
  const work = { runs: 0 };
  const tool = testTool('work', () => '', {
    effect: () => 'read',
    async run(_, { signal }) {
      work.runs += 1;
      entered.resolve();
      if (work.runs > 1) return { type: 'text', value: 'done' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { type: 'error-text', value: 'stopped' };
    },
  });
  const options: EngineOptions = {
    journal,
    tools: [createDelegateTool(['helper']), tool],
    script: [
      { tools: [{ name: 'delegate', input: { agent: 'helper', task: 'do it' } }] },
      { text: 'They say: {result}' },
    ],
    others: { helper: [{ tools: [{ name: 'work', input: {} }] }, { text: '{result}' }] },
  };
  const engine = await startEngine(options);
  await engine.sessions.sendMessage('s', { text: 'go', id: 'first' });
  await entered.promise;
  await drainRunner(engine.runner, GRACE);
  const load = journal.loadSession.bind(journal);
  let broken = true;
  journal.loadSession = async (name) => {
    if (broken && name === which) throw new DamagedSessionError(name, DAMAGE);
    return load(name);
  };
  const mend = () => {
    broken = false;
  };
  return { journal, work, mend, next: await startEngine(options) };
}

/** How the call of the parent ended. */
async function results({ journal }: Engine): Promise<string[]> {
  const events = await journal.readEvents('s', 0, 100);
  const ends = ['tool_call_finished', 'tool_call_outcome_unknown', 'child_cancelled'];
  return events.map(({ type }) => type).filter((type) => ends.includes(type));
}

function outcome({ sessions }: Engine) {
  return sessions.waitForOutcome('s', 'first', 0, AbortSignal.timeout(5_000));
}

async function untilIdle({ journal }: Engine, session: string) {
  while ((await journal.findSession(session))?.status !== 'idle') await new Promise(setImmediate);
}
