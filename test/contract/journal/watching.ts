import { expect, it } from 'vitest';
import type { Journal } from '../../../src/journal/journal.ts';
import { claimSession, createBatch, createDelivery, createNote } from './given.ts';

export function watchContract(journal: () => Journal): void {
  it('watchers are notified of new inputs and events, and of nothing else', async () => {
    const heard: string[] = [];
    const stop = journal().watch((session) => heard.push(session));
    const one = await claimSession(journal(), 's');
    expect(heard).toEqual(['s']);
    await journal().append(createBatch('s', one, { events: [createNote(1)] }));
    expect(heard).toEqual(['s', 's']);
    await journal().deliver(createDelivery('s', 'first'));
    await expect(journal().append(createBatch('s', one, { events: [createNote(1)] }))).rejects.toThrow();
    await journal().append(createBatch('s', one, { consumed: [1] }));
    expect(heard).toEqual(['s', 's']);
    stop();
    await journal().deliver(createDelivery('s', 'second'));
    expect(heard).toEqual(['s', 's']);
  });

  it('a notified change can be read at once', async () => {
    const read: Promise<number>[] = [];
    journal().watch((session) =>
      read.push(
        journal()
          .readInbox(session)
          .then(({ length }) => length),
      ),
    );
    await journal().deliver(createDelivery('s', 'a'));
    expect(await Promise.all(read)).toEqual([1]);
  });
}
