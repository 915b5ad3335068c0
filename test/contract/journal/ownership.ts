import { expect, it } from 'vitest';
import { initialState } from '../../../src/core/model/state.ts';
import { FencedError, JournalConflictError, SessionNotFoundError } from '../../../src/errors/errors.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import { batch, delivery, generation, note, notes, owned, waiting } from './given.ts';

export function ownershipContract(journal: () => Journal): void {
  it('generations are numbered from 1', async () => {
    expect([await generation(journal()), await generation(journal())]).toEqual([1, 2]);
  });

  it('only the owner appends, and a session that lost its owner has none', async () => {
    const one = await owned(journal(), 's');
    const two = await generation(journal());
    await expect(journal().append(batch('s', two, { events: [note(1)] }))).rejects.toThrow(FencedError);
    await journal().append(batch('s', one, { events: [note(1)] }));
    await journal().closeGeneration(one);
    expect(await journal().session('s')).toMatchObject({ owner: null });
    await expect(journal().append(batch('s', one, { events: [note(2)] }))).rejects.toThrow(
      new FencedError('s', one, null),
    );
    await journal().claim('s', two);
    await journal().append(batch('s', two, { events: [note(2)] }));
    expect(await journal().session('s')).toMatchObject({ owner: two, seq: 2 });
  });

  it('a claim succeeds when no generation or the claimer owns the session', async () => {
    const one = await owned(journal(), 's');
    const two = await generation(journal());
    await journal().claim('s', one);
    await expect(journal().claim('s', two)).rejects.toThrow(new FencedError('s', two, one));
    await expect(journal().claim('s', one)).resolves.toBeUndefined();
    await journal().append(batch('s', one, { events: [note(1)], release: true }));
    await journal().claim('s', two);
    expect(await journal().session('s')).toMatchObject({ owner: two, seq: 1 });
  });

  it('[C7] ending the earlier generations frees their sessions and fences them, except those alive', async () => {
    const [one, two] = [await owned(journal(), 'a'), await owned(journal(), 'b')];
    const three = await generation(journal());
    await journal().endEarlierGenerations(three, [two]);
    await journal().claim('a', three);
    await expect(journal().claim('b', three)).rejects.toThrow(new FencedError('b', three, two));
    await expect(journal().append(batch('a', one, { events: [note(1)] }))).rejects.toThrow(
      new FencedError('a', one, three),
    );
    await expect(journal().claim('a', one)).rejects.toThrow(FencedError);
    await journal().append(batch('b', two, { events: [note(1)] }));
    expect(await journal().events('a', 0, 10)).toEqual([]);
  });

  it('[C7] a generation never ends a later one', async () => {
    const one = await generation(journal());
    const two = await owned(journal(), 's');
    await journal().endEarlierGenerations(one, []);
    await expect(journal().claim('s', one)).rejects.toThrow(new FencedError('s', one, two));
    await journal().append(batch('s', two, { events: [note(1)] }));
  });

  it('a draining generation owns only the sessions that it keeps, until it releases them', async () => {
    const one = await owned(journal(), 'kept');
    for (const idle of ['idle', 'parked']) {
      await journal().deliver(delivery(idle, 'first'));
      await journal().claim(idle, one);
    }
    const two = await generation(journal());
    await journal().leave(one, ['kept', 'nobody', 'idle-not-mine']);
    expect(await journal().session('idle')).toMatchObject({ owner: null });
    expect(await journal().session('kept')).toMatchObject({ owner: one });
    await journal().claim('parked', two);
    await expect(journal().append(batch('parked', one, { events: [note(1)] }))).rejects.toThrow(
      new FencedError('parked', one, two),
    );
    await expect(journal().claim('idle', one)).rejects.toThrow(FencedError);
    await expect(journal().claim('kept', two)).rejects.toThrow(new FencedError('kept', two, one));
    await journal().append(batch('kept', one, { events: [note(1)] }));
    await journal().append(batch('kept', one, { release: true }));
    await journal().claim('kept', two);
    await expect(journal().append(batch('kept', one, { events: [note(2)] }))).rejects.toThrow(FencedError);
  });

  it('a generation that has ended cannot claim', async () => {
    const one = await owned(journal(), 's');
    await journal().closeGeneration(one);
    await expect(journal().claim('s', one)).rejects.toThrow(FencedError);
  });

  it('an append is accepted only at the expected position, and its events only in order', async () => {
    const one = await owned(journal(), 's');
    await journal().append(batch('s', one, { events: [note(1)] }));
    const appendAt = (...events: ReturnType<typeof note>[]) => journal().append(batch('s', one, { events }));
    await expect(appendAt(note(1))).rejects.toThrow(new JournalConflictError('s', 0, 1));
    await expect(appendAt(note(3))).rejects.toThrow(JournalConflictError);
    await expect(appendAt(note(2), note(4))).rejects.toThrow(JournalConflictError);
    expect(await journal().session('s')).toMatchObject({ seq: 1 });
  });

  it('a refused append stores no event, no consumed input and no status', async () => {
    const one = await owned(journal(), 's');
    const consumed = await waiting(journal(), 's');
    const refused = batch('s', one, { events: [note(7)], consumed, status: 'waiting', wakeAt: 99 });
    await expect(journal().append(refused)).rejects.toThrow(JournalConflictError);
    expect(await journal().session('s')).toMatchObject({ seq: 0, status: 'queued', wakeAt: null });
    expect(await journal().inbox('s')).toHaveLength(1);
    expect(await journal().events('s', 0, 10)).toEqual([]);
  });

  it('refusals do not affect simultaneous writes', async () => {
    const one = await owned(journal(), 's');
    const results = await Promise.allSettled([
      journal().append(batch('s', one, { events: [note(1)] })),
      journal().append(batch('s', one, { events: [note(1)] })),
      journal().append(batch('s', one + 1, { events: [note(2)] })),
      journal().append(batch('nobody', one, { events: [note(1)] })),
      journal().append(batch('s', one, { events: notes(2, 3) })),
      journal().deliver(delivery('s', 'more')),
    ]);
    expect(results.map(({ status }) => status[0])).toEqual(['f', 'r', 'r', 'r', 'f', 'f']);
    expect(await journal().session('s')).toMatchObject({ seq: 3 });
  });

  it('operations on an unknown session are refused', async () => {
    const one = await generation(journal());
    const missing = new SessionNotFoundError('nobody');
    await expect(journal().claim('nobody', one)).rejects.toThrow(missing);
    await expect(journal().append(batch('nobody', one, { events: [note(1)] }))).rejects.toThrow(missing);
    await expect(journal().load('nobody')).rejects.toThrow(missing);
    await expect(journal().saveSnapshot('nobody', initialState())).rejects.toThrow(missing);
    await expect(journal().markDamaged('nobody', 'why')).rejects.toThrow(missing);
  });
}
