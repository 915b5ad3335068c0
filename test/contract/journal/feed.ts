import { expect, it } from 'vitest';
import type { FeedEvent, FeedQuery } from '../../../src/journal/event-log.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import { claimSession, createBatch, createNote, createNotes } from './given.ts';

/** The contract of the feed, the part of the role EventLog that spans all sessions. */
export function feedContract(journal: () => Journal): void {
  const places = ({ events }: { events: FeedEvent[] }) =>
    events.map(({ position, session, event }) => `${position} ${session} ${event.seq}`);

  it('the feed has the events of all sessions in the order of their commits, in pages', async () => {
    const [one, two] = [await claimSession(journal(), 'a'), await claimSession(journal(), 'b')];
    expect(await journal().findFeedEnd()).toBe(0);
    expect(await journal().readFeed({ after: 0, limit: 10 })).toEqual({ events: [], next: 0, end: 0 });
    await journal().append(createBatch('a', one, { events: createNotes(1, 2) }));
    await journal().append(createBatch('b', two, { events: [createNote(1)] }));
    await journal().append(createBatch('a', one, { events: [createNote(3)] }));
    const whole = await journal().readFeed({ after: 0, limit: 10 });
    expect(places(whole)).toEqual(['1 a 1', '2 a 2', '3 b 1', '4 a 3']);
    expect(whole).toMatchObject({ next: 4, end: 4 });
    expect(whole.events[2]).toEqual({ position: 3, session: 'b', agent: 'main', event: createNote(1) });
    const first = await journal().readFeed({ after: 0, limit: 3 });
    expect(first).toMatchObject({ next: 3, end: 4 });
    expect(places(await journal().readFeed({ after: first.next, limit: 3 }))).toEqual(['4 a 3']);
    expect(await journal().readFeed({ after: 4, limit: 3 })).toEqual({ events: [], next: 4, end: 4 });
    expect(await journal().findFeedEnd()).toBe(4);
  });

  it('a refused append takes no position in the feed', async () => {
    const one = await claimSession(journal(), 'a');
    await journal().append(createBatch('a', one, { events: [createNote(1)] }));
    const both = await Promise.allSettled([
      journal().append(createBatch('a', one, { events: [createNote(1)] })),
      journal().append(createBatch('a', one, { events: [createNote(2)] })),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(places(await journal().readFeed({ after: 0, limit: 9 }))).toEqual(['1 a 1', '2 a 2']);
  });

  it('the feed can be filtered by the start of the session id and by type, and pages stay exact', async () => {
    for (const session of ['team/a', 'team/b', 'other']) {
      const one = await claimSession(journal(), session);
      const created = { type: 'session_created', agent: 'main', seq: 1, at: 1 } as const;
      await journal().append(createBatch(session, one, { events: [created, createNote(2), createNote(3)] }));
    }
    const read = async (query: Partial<FeedQuery>) =>
      places(await journal().readFeed({ after: 0, limit: 10, ...query }));
    expect(await read({ types: ['session_created'] })).toEqual(['1 team/a 1', '4 team/b 1', '7 other 1']);
    expect(await read({ prefix: 'team/', types: ['system_note_added'] })).toEqual([
      '2 team/a 2',
      '3 team/a 3',
      '5 team/b 2',
      '6 team/b 3',
    ]);
    expect(await read({ prefix: 'none' })).toEqual([]);
    const page = await journal().readFeed({ after: 0, limit: 2, types: ['session_created'] });
    expect(page).toMatchObject({ next: 4, end: 9 });
    expect(
      await journal().readFeed({ after: page.next, limit: 2, types: ['session_created'] }),
    ).toMatchObject({ events: [{ position: 7 }], next: 9, end: 9 });
  });
}
