import { expect, it } from 'vitest';
import { LeaseNotHeldError } from '../../../src/errors/journal.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import { openTestGeneration } from './given.ts';

/** The contract of the role Leases. */
export function leasesContract(journal: () => Journal): void {
  const open = () => openTestGeneration(journal());

  it('one generation at a time holds a lease, which it may acquire again', async () => {
    const [one, two] = [await open(), await open()];
    expect(await journal().findLeaseHolder('slack')).toBeNull();
    await journal().acquireLease('slack', one);
    await journal().acquireLease('slack', one);
    await expect(journal().acquireLease('slack', two)).rejects.toThrow(
      new LeaseNotHeldError('slack', two, one),
    );
    await journal().acquireLease('telegram', two);
    expect(await journal().findLeaseHolder('slack')).toBe(one);
    expect(await journal().findLeaseHolder('telegram')).toBe(two);
  });

  it('of two generations that acquire a lease at the same time, one gets it', async () => {
    const [one, two] = [await open(), await open()];
    const both = await Promise.allSettled([one, two].map((each) => journal().acquireLease('slack', each)));
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('a lease that its holder releases is free; releasing that of another generation changes nothing', async () => {
    const [one, two] = [await open(), await open()];
    await journal().acquireLease('slack', one);
    await journal().releaseLease('slack', two);
    expect(await journal().findLeaseHolder('slack')).toBe(one);
    await journal().releaseLease('slack', one);
    await journal().releaseLease('slack', one);
    await journal().acquireLease('slack', two);
    expect(await journal().findLeaseHolder('slack')).toBe(two);
  });

  it('[C7] the end of a generation frees its leases, and it acquires none afterwards', async () => {
    const [one, two] = [await open(), await open()];
    await journal().acquireLease('a', one);
    await journal().acquireLease('b', two);
    const three = await open();
    await journal().endEarlierGenerations(three, [two]);
    expect(await journal().findLeaseHolder('a')).toBeNull();
    await journal().acquireLease('a', three);
    await expect(journal().acquireLease('b', three)).rejects.toThrow(new LeaseNotHeldError('b', three, two));
    await journal().closeGeneration(two);
    await expect(journal().acquireLease('b', two)).rejects.toThrow(new LeaseNotHeldError('b', two, null));
    await journal().acquireLease('b', three);
  });

  it('[C7] a leaving generation holds only the leases that it keeps, until it releases them', async () => {
    const [one, two] = [await open(), await open()];
    for (const name of ['kept', 'given']) await journal().acquireLease(name, one);
    await journal().startLeaving(one, [], ['kept', 'unknown']);
    await journal().acquireLease('given', two);
    await expect(journal().acquireLease('kept', two)).rejects.toThrow(LeaseNotHeldError);
    await expect(journal().acquireLease('new', one)).rejects.toThrow(LeaseNotHeldError);
    await journal().releaseLease('kept', one);
    await journal().acquireLease('kept', two);
    expect(await journal().findLeaseHolder('unknown')).toBeNull();
  });
}
