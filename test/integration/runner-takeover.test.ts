import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../../src/journal/memory/memory.ts';
import { drain } from '../../src/runner/drain.ts';
import { resume } from '../../src/runner/resume.ts';
import { startEngine } from '../support/engine.ts';

const GRACE = { model: 60_000, tool: 60_000 };

describe('generations that follow each other', { timeout: 5_000 }, () => {
  it('[C2] a drain ends the taking up of unfinished sessions', async () => {
    const journal = memoryJournal();
    const claim = journal.claim.bind(journal);
    const claimed: string[] = [];
    const both = Promise.withResolvers<void>();
    const open = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
    journal.claim = async (session, ...rest) => {
      claimed.push(session);
      if (session === 'b') both.resolve();
      if (session === 'a' || session === 'b') await open[session].promise;
      return claim(session, ...rest);
    };
    for (const session of ['a', 'b', 'c']) {
      const input = { kind: 'message', id: 'i', text: 'hello', mode: 'steer' } as const;
      await journal.deliver({ session, agent: 'main', input, at: 1 });
    }
    const { runner } = await startEngine({ journal, settings: { resumeConcurrency: 2 } });
    const resumed = resume(runner);
    await both.promise;
    const drained = drain(runner, GRACE);
    open.a.resolve();
    await new Promise(setImmediate);
    open.b.resolve();
    await Promise.all([resumed, drained]);
    expect(claimed).toEqual(['a', 'b']);
  });
});
