import { expect, it } from 'vitest';
import { initialState } from '../../../src/core/state.ts';
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
    await journal().claim('s', two, []);
    await journal().append(batch('s', two, { events: [note(2)] }));
    expect(await journal().session('s')).toMatchObject({ owner: two, seq: 2 });
  });

  it('a claim succeeds when nobody, the claimer or one of `from` owns the session', async () => {
    const one = await owned(journal(), 's');
    const two = await generation(journal());
    await journal().claim('s', one, []);
    await expect(journal().claim('s', two, [])).rejects.toThrow(new FencedError('s', two, one));
    await expect(journal().claim('s', two, [one + 5])).rejects.toThrow(FencedError);
    await journal().claim('s', two, [one]);
    expect(await journal().session('s')).toMatchObject({ owner: two });
    const three = await generation(journal());
    await journal().claim('s', three, 'any');
    expect(await journal().session('s')).toMatchObject({ owner: three });
  });

  it('[C7] a generation never takes a session from a later one', async () => {
    const one = await owned(journal(), 's');
    const two = await generation(journal());
    await journal().claim('s', two, 'any');
    await expect(journal().claim('s', one, 'any')).rejects.toThrow(new FencedError('s', one, two));
    expect(await journal().session('s')).toMatchObject({ owner: two });
    await journal().closeGeneration(two);
    await journal().claim('s', one, 'any');
    expect(await journal().session('s')).toMatchObject({ owner: one });
  });

  it('a generation that was taken over finds itself fenced', async () => {
    const one = await owned(journal(), 's');
    const two = await generation(journal());
    await journal().claim('s', two, 'any');
    await expect(journal().append(batch('s', one, { events: [note(1)] }))).rejects.toThrow(
      new FencedError('s', one, two),
    );
    expect(await journal().events('s', 0, 10)).toEqual([]);
  });

  it('a generation that has ended cannot claim', async () => {
    const one = await owned(journal(), 's');
    await journal().closeGeneration(one);
    await expect(journal().claim('s', one, 'any')).rejects.toThrow(FencedError);
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

  it('a refused append leaves nothing behind: no event, no consumed input, no status', async () => {
    const one = await owned(journal(), 's');
    const consumed = await waiting(journal(), 's');
    const refused = batch('s', one, { events: [note(7)], consumed, status: 'waiting', wakeAt: 99 });
    await expect(journal().append(refused)).rejects.toThrow(JournalConflictError);
    expect(await journal().session('s')).toMatchObject({ seq: 0, status: 'queued', wakeAt: null });
    expect(await journal().inbox('s')).toHaveLength(1);
    expect(await journal().events('s', 0, 10)).toEqual([]);
  });

  it('refusals do not disturb what is written at the same moment', async () => {
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

  it('what needs a session says so when there is none', async () => {
    const one = await generation(journal());
    const missing = new SessionNotFoundError('nobody');
    await expect(journal().claim('nobody', one, 'any')).rejects.toThrow(missing);
    await expect(journal().append(batch('nobody', one, { events: [note(1)] }))).rejects.toThrow(missing);
    await expect(journal().load('nobody')).rejects.toThrow(missing);
    await expect(journal().saveSnapshot('nobody', initialState())).rejects.toThrow(missing);
    await expect(journal().markDamaged('nobody', 'why')).rejects.toThrow(missing);
  });
}
