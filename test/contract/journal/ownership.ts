import { expect, it } from 'vitest';
import { createInitialState } from '../../../src/core/model/state.ts';
import { FencedError, JournalConflictError, SessionNotFoundError } from '../../../src/errors/errors.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import {
  claimSession,
  createBatch,
  createDelivery,
  createMessage,
  createNote,
  createNotes,
  listWaiting,
  openTestGeneration,
} from './given.ts';

/** The contract of the role Ownership. */
export function ownershipContract(journal: () => Journal): void {
  it('generations are numbered from 1', async () => {
    expect([await openTestGeneration(journal()), await openTestGeneration(journal())]).toEqual([1, 2]);
  });

  it('only the owner appends, and a session that lost its owner has none', async () => {
    const one = await claimSession(journal(), 's');
    const two = await openTestGeneration(journal());
    await expect(journal().append(createBatch('s', two, { events: [createNote(1)] }))).rejects.toThrow(
      FencedError,
    );
    await journal().append(createBatch('s', one, { events: [createNote(1)] }));
    await journal().closeGeneration(one);
    expect(await journal().findSession('s')).toMatchObject({ owner: null });
    await expect(journal().append(createBatch('s', one, { events: [createNote(2)] }))).rejects.toThrow(
      new FencedError('s', one, null),
    );
    await journal().claimSession('s', two);
    await journal().append(createBatch('s', two, { events: [createNote(2)] }));
    expect(await journal().findSession('s')).toMatchObject({ owner: two, seq: 2 });
  });

  it('a claim succeeds when no generation or the claimer owns the session', async () => {
    const one = await claimSession(journal(), 's');
    const two = await openTestGeneration(journal());
    await journal().claimSession('s', one);
    await expect(journal().claimSession('s', two)).rejects.toThrow(new FencedError('s', two, one));
    await expect(journal().claimSession('s', one)).resolves.toBeUndefined();
    await journal().append(createBatch('s', one, { events: [createNote(1)], release: true }));
    await journal().claimSession('s', two);
    expect(await journal().findSession('s')).toMatchObject({ owner: two, seq: 1 });
  });

  it('[C7] ending the earlier generations frees their sessions and fences them, except those alive', async () => {
    const [one, two] = [await claimSession(journal(), 'a'), await claimSession(journal(), 'b')];
    const three = await openTestGeneration(journal());
    await journal().endEarlierGenerations(three, [two]);
    await journal().claimSession('a', three);
    await expect(journal().claimSession('b', three)).rejects.toThrow(new FencedError('b', three, two));
    await expect(journal().append(createBatch('a', one, { events: [createNote(1)] }))).rejects.toThrow(
      new FencedError('a', one, three),
    );
    await expect(journal().claimSession('a', one)).rejects.toThrow(FencedError);
    await journal().append(createBatch('b', two, { events: [createNote(1)] }));
    expect(await journal().readEvents('a', 0, 10)).toEqual([]);
  });

  it('[C7] a generation never ends a later one', async () => {
    const one = await openTestGeneration(journal());
    const two = await claimSession(journal(), 's');
    await journal().endEarlierGenerations(one, []);
    await expect(journal().claimSession('s', one)).rejects.toThrow(new FencedError('s', one, two));
    await journal().append(createBatch('s', two, { events: [createNote(1)] }));
  });

  it('a draining generation owns only the sessions that it keeps, until it releases them', async () => {
    const one = await claimSession(journal(), 'kept');
    for (const idle of ['idle', 'parked']) {
      await journal().deliver(createDelivery(idle, 'first'));
      await journal().claimSession(idle, one);
    }
    const two = await openTestGeneration(journal());
    await journal().startLeaving(one, ['kept', 'nobody', 'idle-not-mine']);
    expect(await journal().findSession('idle')).toMatchObject({ owner: null });
    expect(await journal().findSession('kept')).toMatchObject({ owner: one });
    await journal().claimSession('parked', two);
    await expect(journal().append(createBatch('parked', one, { events: [createNote(1)] }))).rejects.toThrow(
      new FencedError('parked', one, two),
    );
    await expect(journal().claimSession('idle', one)).rejects.toThrow(FencedError);
    await expect(journal().claimSession('kept', two)).rejects.toThrow(new FencedError('kept', two, one));
    await journal().append(createBatch('kept', one, { events: [createNote(1)] }));
    await journal().append(createBatch('kept', one, { release: true }));
    await journal().claimSession('kept', two);
    await expect(journal().append(createBatch('kept', one, { events: [createNote(2)] }))).rejects.toThrow(
      FencedError,
    );
  });

  it('a generation that has ended cannot claim', async () => {
    const one = await claimSession(journal(), 's');
    await journal().closeGeneration(one);
    await expect(journal().claimSession('s', one)).rejects.toThrow(FencedError);
  });

  it('an append is accepted only at the expected position, and its events only in order', async () => {
    const one = await claimSession(journal(), 's');
    await journal().append(createBatch('s', one, { events: [createNote(1)] }));
    const appendAt = (...events: ReturnType<typeof createNote>[]) =>
      journal().append(createBatch('s', one, { events }));
    await expect(appendAt(createNote(1))).rejects.toThrow(new JournalConflictError('s', 0, 1));
    await expect(appendAt(createNote(3))).rejects.toThrow(JournalConflictError);
    await expect(appendAt(createNote(2), createNote(4))).rejects.toThrow(JournalConflictError);
    expect(await journal().findSession('s')).toMatchObject({ seq: 1 });
  });

  it('a refused append stores no event, no consumed input and no status', async () => {
    const one = await claimSession(journal(), 's');
    const consumed = await listWaiting(journal(), 's');
    const refused = createBatch('s', one, {
      events: [createNote(7)],
      consumed,
      status: 'waiting',
      wakeAt: 99,
    });
    await expect(journal().append(refused)).rejects.toThrow(JournalConflictError);
    expect(await journal().findSession('s')).toMatchObject({ seq: 0, status: 'queued', wakeAt: null });
    expect(await journal().readInbox('s')).toHaveLength(1);
    expect(await journal().readEvents('s', 0, 10)).toEqual([]);
  });

  it('refusals do not affect simultaneous writes', async () => {
    const one = await claimSession(journal(), 's');
    const results = await Promise.allSettled([
      journal().append(createBatch('s', one, { events: [createNote(1)] })),
      journal().append(createBatch('s', one, { events: [createNote(1)] })),
      journal().append(createBatch('s', one + 1, { events: [createNote(2)] })),
      journal().append(createBatch('nobody', one, { events: [createNote(1)] })),
      journal().append(createBatch('s', one, { events: createNotes(2, 3) })),
      journal().deliver(createDelivery('s', 'more')),
    ]);
    expect(results.map(({ status }) => status[0])).toEqual(['f', 'r', 'r', 'r', 'f', 'f']);
    expect(await journal().findSession('s')).toMatchObject({ seq: 3 });
  });

  it('operations on an unknown session are refused', async () => {
    const one = await openTestGeneration(journal());
    const missing = new SessionNotFoundError('nobody');
    await expect(journal().claimSession('nobody', one)).rejects.toThrow(missing);
    await expect(journal().append(createBatch('nobody', one, { events: [createNote(1)] }))).rejects.toThrow(
      missing,
    );
    await expect(journal().loadSession('nobody')).rejects.toThrow(missing);
    await expect(journal().saveSnapshot('nobody', createInitialState())).rejects.toThrow(missing);
    await expect(journal().markDamaged('nobody', 'why')).rejects.toThrow(missing);
  });

  it('[H1] inputs for other sessions are delivered with the append, once', async () => {
    const one = await claimSession(journal(), 's');
    const send = [{ session: 'child', agent: 'helper', input: createMessage('task') }];
    const heard: string[] = [];
    journal().watch((name) => heard.push(name));
    await journal().append(createBatch('s', one, { events: [createNote(1)], send }));
    await journal().append(createBatch('s', one, { events: [createNote(2)], send }));
    expect(await journal().findSession('child')).toMatchObject({
      agent: 'helper',
      status: 'queued',
      inputs: 1,
    });
    expect((await journal().readInbox('child')).map(({ input }) => input.id)).toEqual(['task']);
    expect(heard).toContain('child');
  });

  it('[H1] a result for an unknown session is dropped', async () => {
    const one = await claimSession(journal(), 's');
    await journal().append(
      createBatch('s', one, {
        events: [createNote(1)],
        send: [{ session: 'gone', agent: null, input: createMessage('r') }],
      }),
    );
    expect(await journal().findSession('gone')).toBeUndefined();
    expect(await journal().findSession('s')).toMatchObject({ seq: 1 });
  });
}
