import { afterEach, beforeEach, describe } from 'vitest';
import type { Journal } from '../../src/journal/journal.ts';
import { approvalsContract, precedenceContract } from './journal/approvals.ts';
import { blobContract } from './journal/blobs.ts';
import { intakeContract } from './journal/intake.ts';
import { listingContract } from './journal/listing.ts';
import { ownershipContract } from './journal/ownership.ts';
import { recordContract } from './journal/records.ts';
import { reminderContract, scheduleContract } from './journal/time.ts';
import { watchContract } from './journal/watching.ts';

/** Opens a fresh, empty journal for one test of the suite, which closes it. */
export type OpenJournal = () => Promise<Journal>;

/** Runs the contract that every implementation of the journal port must fulfil. */
export function journalContract(name: string, open: OpenJournal): void {
  describe(`${name} journal`, () => {
    let journal: Journal;
    beforeEach(async () => {
      journal = await open();
    });
    afterEach(() => journal.close());
    const current = () => journal;
    intakeContract(current);
    ownershipContract(current);
    recordContract(current);
    listingContract(current);
    approvalsContract(current);
    precedenceContract(current);
    blobContract(current);
    watchContract(current);
    scheduleContract(current);
    reminderContract(current);
  });
}
