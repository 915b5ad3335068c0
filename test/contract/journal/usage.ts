import { expect, it } from 'vitest';
import { FencedError } from '../../../src/errors/errors.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import type { UsageQuery, UsageRow } from '../../../src/journal/usage.ts';
import { claimSession, createBatch, createNote } from './given.ts';

const HOUR = 3_600_000;

/** Returns an attempt that used 10 tokens in and 2 out and cost 12 billionths. */
function createUse(more: Partial<UsageRow> = {}): UsageRow {
  return {
    ...{ at: 1000, model: 'far/one', purpose: 'answer', person: 'ann', schedule: null, failed: false },
    ...{ tokens: { input: 10, output: 2 }, cost: 12 },
    ...more,
  };
}

/** The contract of the role Usage. */
export function usageContract(journal: () => Journal): void {
  const append = async (session: string, ...batches: UsageRow[][]) => {
    const generation = await claimSession(journal(), session);
    for (const usage of batches) await journal().append(createBatch(session, generation, { usage }));
  };
  const values = async (query: UsageQuery) =>
    (await journal().sumUsage(query)).map(({ session, value, calls, cost }) => [session, value, calls, cost]);

  it('[N1] adds up what the appends recorded', async () => {
    const all = { input: 5, output: 4, cached: 3, cacheWrite: 2, reasoning: 1 };
    const lost = createUse({ failed: true, tokens: null, cost: null });
    await append('a', [createUse(), lost], [createUse({ tokens: all, cost: null })]);
    expect(await journal().sumUsage({ by: 'session' })).toEqual([
      {
        ...{ session: 'a', agent: 'main', value: 'a', calls: 3, failed: 1, unmeasured: 1, unpriced: 1 },
        ...{ input: 15, output: 6, cached: 3, cacheWrite: 2, reasoning: 1, cost: 12 },
      },
    ]);
  });

  it('[N1] an append that is refused adds nothing', async () => {
    const generation = await claimSession(journal(), 'a');
    const refused = createBatch('a', generation + 1, { events: [createNote(1)], usage: [createUse()] });
    await expect(journal().append(refused)).rejects.toThrow(FencedError);
    expect(await journal().sumUsage({ by: 'session' })).toEqual([]);
  });

  it('[N1] adds up by person, schedule, model, purpose and day', async () => {
    await append('a', [
      createUse(),
      createUse({ person: null, schedule: 'daily', model: 'far/two', at: 25 * HOUR, purpose: 'compaction' }),
    ]);
    await append('b', [createUse({ person: 'bob' })]);
    expect(await values({ by: 'person' })).toEqual([
      ['a', null, 1, 12],
      ['a', 'ann', 1, 12],
      ['b', 'bob', 1, 12],
    ]);
    expect(await values({ by: 'schedule' })).toEqual([
      ['a', null, 1, 12],
      ['a', 'daily', 1, 12],
      ['b', null, 1, 12],
    ]);
    expect(await values({ by: 'model' })).toEqual([
      ['a', 'far/one', 1, 12],
      ['a', 'far/two', 1, 12],
      ['b', 'far/one', 1, 12],
    ]);
    expect(await values({ by: 'purpose' })).toEqual([
      ['a', 'answer', 1, 12],
      ['a', 'compaction', 1, 12],
      ['b', 'answer', 1, 12],
    ]);
    expect(await values({ by: 'day' })).toEqual([
      ['a', '1970-01-01', 1, 12],
      ['a', '1970-01-02', 1, 12],
      ['b', '1970-01-01', 1, 12],
    ]);
  });

  it('selects whole hours, and a session with those that work for it', async () => {
    await append('a', [createUse({ at: HOUR - 1 }), createUse({ at: HOUR }), createUse({ at: 2 * HOUR })]);
    await append('a/call-1.1', [createUse()]);
    await append('ab', [createUse()]);
    expect(await values({ by: 'session', since: HOUR + 5, until: 2 * HOUR })).toEqual([['a', 'a', 1, 12]]);
    expect(await values({ by: 'session', since: HOUR + 5, until: 2 * HOUR + 1 })).toEqual([
      ['a', 'a', 2, 24],
    ]);
    expect(await values({ by: 'session', session: 'a' })).toEqual([
      ['a', 'a', 3, 36],
      ['a/call-1.1', 'a/call-1.1', 1, 12],
    ]);
  });
}
