import { expect, it } from 'vitest';
import type { Journal } from '../../../src/journal/journal.ts';
import { batch, delivery, note, owned } from './given.ts';

export function watchContract(journal: () => Journal): void {
  it('watchers are notified of new inputs and events, and of nothing else', async () => {
    const heard: string[] = [];
    const stop = journal().watch((session) => heard.push(session));
    const one = await owned(journal(), 's');
    expect(heard).toEqual(['s']);
    await journal().append(batch('s', one, { events: [note(1)] }));
    expect(heard).toEqual(['s', 's']);
    await journal().deliver(delivery('s', 'first'));
    await expect(journal().append(batch('s', one, { events: [note(1)] }))).rejects.toThrow();
    await journal().append(batch('s', one, { consumed: [1] }));
    expect(heard).toEqual(['s', 's']);
    stop();
    await journal().deliver(delivery('s', 'second'));
    expect(heard).toEqual(['s', 's']);
  });

  it('a notified change can be read at once', async () => {
    const read: Promise<number>[] = [];
    journal().watch((session) =>
      read.push(
        journal()
          .inbox(session)
          .then(({ length }) => length),
      ),
    );
    await journal().deliver(delivery('s', 'a'));
    expect(await Promise.all(read)).toEqual([1]);
  });
}
