import { expect, it } from 'vitest';
import type { Journal } from '../../../src/journal/journal.ts';
import {
  claimSession,
  createBatch,
  createDelivery,
  createNote,
  listWaiting,
  openTestGeneration,
} from './given.ts';

/** The contract of the role Catalog. */
export function catalogContract(journal: () => Journal): void {
  it('sessions are listed by id, in pages, by prefix, status and agent', async () => {
    for (const name of ['b/2', 'a/1', 'b/1', 'c']) await journal().deliver(createDelivery(name, 'x'));
    await journal().deliver(createDelivery('b/3', 'x', { agent: 'other' }));
    const one = await openTestGeneration(journal());
    await journal().claimSession('b/2', one);
    const consumed = await listWaiting(journal(), 'b/2');
    await journal().append(createBatch('b/2', one, { events: [createNote(1)], consumed, status: 'idle' }));
    const listed = async (query: Parameters<Journal['listSessions']>[0]) =>
      (await journal().listSessions(query)).map(({ session }) => session);
    expect(await listed({ limit: 10 })).toEqual(['a/1', 'b/1', 'b/2', 'b/3', 'c']);
    expect(await listed({ limit: 2, after: 'a/1' })).toEqual(['b/1', 'b/2']);
    expect(await listed({ limit: 10, prefix: 'b/' })).toEqual(['b/1', 'b/2', 'b/3']);
    expect(await listed({ limit: 10, prefix: 'b/', after: 'b/1' })).toEqual(['b/2', 'b/3']);
    expect(await listed({ limit: 10, status: 'queued', prefix: 'b/' })).toEqual(['b/1', 'b/3']);
    expect(await listed({ limit: 10, status: 'idle' })).toEqual(['b/2']);
    expect(await listed({ limit: 10, agent: 'other' })).toEqual(['b/3']);
    expect(await listed({ limit: 10, status: 'queued', agent: 'main' })).toEqual(['a/1', 'b/1', 'c']);
  });

  it('sessions are listed by their last change, newest first, in pages and since a given time', async () => {
    const times = { old: 1000, b: 2000, a: 2000, new: 3000 };
    for (const [name, at] of Object.entries(times))
      await journal().deliver(createDelivery(name, 'x', { at }));
    await journal().deliver(createDelivery('other', 'x', { agent: 'other', at: 4000 }));
    const listed = async (query: Parameters<Journal['listRecentSessions']>[0]) =>
      (await journal().listRecentSessions(query)).map(({ session }) => session);
    expect(await listed({ limit: 10 })).toEqual(['other', 'new', 'a', 'b', 'old']);
    expect(await listed({ limit: 2, agent: 'main' })).toEqual(['new', 'a']);
    expect(await listed({ limit: 2, agent: 'main', before: { updatedAt: 2000, session: 'a' } })).toEqual([
      'b',
      'old',
    ]);
    expect(await listed({ limit: 10, since: 3000 })).toEqual(['other', 'new']);
    expect(await listed({ limit: 10, status: 'idle' })).toEqual([]);
    expect(await listed({ limit: 10, status: 'queued', prefix: 'o' })).toEqual(['other', 'old']);
    const byId = await journal().listSessions({ limit: 10, since: 3000 });
    expect(byId.map(({ session }) => session)).toEqual(['new', 'other']);
    const one = await openTestGeneration(journal());
    await journal().claimSession('old', one);
    const consumed = await listWaiting(journal(), 'old');
    await journal().append(createBatch('old', one, { events: [{ ...createNote(1), at: 9000 }], consumed }));
    expect(await listed({ limit: 1 })).toEqual(['old']);
  });

  it('an append stores the status of the session and its wake time', async () => {
    const one = await claimSession(journal(), 's');
    await journal().append(
      createBatch('s', one, { events: [createNote(1)], status: 'waiting', wakeAt: 4711 }),
    );
    expect(await journal().findSession('s')).toMatchObject({
      owner: one,
      seq: 1,
      status: 'waiting',
      wakeAt: 4711,
      createdAt: 1000,
      updatedAt: 1001,
    });
    await journal().append(createBatch('s', one, { events: [createNote(2)], status: 'running' }));
    expect(await journal().findSession('s')).toMatchObject({ status: 'running', wakeAt: null });
  });

  it('a session stays unfinished while inputs are pending, whatever status the last append stored', async () => {
    const one = await claimSession(journal(), 's');
    const consumed = await listWaiting(journal(), 's');
    await journal().deliver(createDelivery('s', 'late'));
    await journal().append(createBatch('s', one, { events: [createNote(1)], consumed, status: 'idle' }));
    expect(await journal().listUnfinished()).toMatchObject([{ session: 's', status: 'queued' }]);
    const rest = await listWaiting(journal(), 's');
    await journal().append(
      createBatch('s', one, { events: [createNote(2)], consumed: rest, status: 'idle' }),
    );
    expect(await journal().listUnfinished()).toEqual([]);
    expect(await journal().findSession('s')).toMatchObject({ status: 'idle' });
  });

  it('unfinished sessions are listed oldest first; quarantined ones only with pending inputs', async () => {
    const one = await openTestGeneration(journal());
    const statuses = { late: 'running', idle: 'idle', early: 'waiting', ill: 'quarantined' } as const;
    for (const [name, status] of Object.entries(statuses)) {
      await journal().deliver(createDelivery(name, 'x'));
      await journal().claimSession(name, one);
      const consumed = await listWaiting(journal(), name);
      const at = name === 'late' ? 9000 : 5000;
      await journal().append(
        createBatch(name, one, { events: [{ ...createNote(1), at }], consumed, status }),
      );
    }
    const names = async () => (await journal().listUnfinished()).map(({ session }) => session);
    expect(await names()).toEqual(['early', 'late']);
    await journal().deliver(createDelivery('ill', 'y', { at: 6000 }));
    expect(await names()).toEqual(['early', 'ill', 'late']);
    expect(await journal().findSession('ill')).toMatchObject({ status: 'quarantined' });
    expect(await journal().countSessions()).toEqual({
      idle: 1,
      queued: 0,
      running: 1,
      waiting: 1,
      quarantined: 1,
    });
  });

  it('[B7] a session marked as damaged is listed as quarantined and not unfinished, until the mark is removed', async () => {
    await claimSession(journal(), 's');
    await journal().markDamaged('s', 'event 3 is missing');
    expect(await journal().findSession('s')).toMatchObject({
      damaged: 'event 3 is missing',
      status: 'quarantined',
    });
    expect(await journal().listUnfinished()).toEqual([]);
    expect(await journal().countSessions()).toMatchObject({ quarantined: 1, queued: 0 });
    await journal().markDamaged('s', null);
    expect(await journal().listUnfinished()).toMatchObject([
      { session: 's', status: 'queued', damaged: null },
    ]);
  });
}
