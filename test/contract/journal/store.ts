import { expect, it } from 'vitest';
import type { Journal } from '../../../src/journal/journal.ts';
import { createDelivery } from './given.ts';

/** The contract of the role JournalStore. */
export function storeContract(journal: () => Journal): void {
  it('a store has one name as long as it is open, and takes a probe', async () => {
    const { store } = journal();
    await journal().deliver(createDelivery('s', 'a'));
    await journal().probe();
    expect(store).toMatch(/./);
    expect(journal().store).toBe(store);
    expect((await journal().readInbox('s')).map(({ input }) => input.id)).toEqual(['a']);
  });
}
