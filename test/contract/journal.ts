import { afterEach, beforeEach, describe } from 'vitest';
import type { Journal } from '../../src/journal/journal.ts';
import { approvalsContract } from './journal/approvals.ts';
import { blobsContract } from './journal/blobs.ts';
import { catalogContract } from './journal/catalog.ts';
import { cursorsContract } from './journal/cursors.ts';
import { eventLogContract } from './journal/event-log.ts';
import { inboxContract } from './journal/inbox.ts';
import { leasesContract } from './journal/leases.ts';
import { ownershipContract } from './journal/ownership.ts';
import { storeContract } from './journal/store.ts';
import { timeContract } from './journal/time.ts';
import { usageContract } from './journal/usage.ts';

/** Opens a fresh, empty journal for one test of the suite, which closes it. */
export type OpenJournal = () => Promise<Journal>;

/** One suite for each role of the journal. A suite writes through the other roles what its own role reads. */
const ROLES = {
  store: storeContract,
  'event log': eventLogContract,
  inbox: inboxContract,
  ownership: ownershipContract,
  catalog: catalogContract,
  approvals: approvalsContract,
  'schedules and reminders': timeContract,
  blobs: blobsContract,
  leases: leasesContract,
  cursors: cursorsContract,
  usage: usageContract,
};

/** Runs the contract that every implementation of the journal port must fulfil. */
export function journalContract(name: string, open: OpenJournal): void {
  for (const [role, contract] of Object.entries(ROLES)) {
    describe(`${name} journal: ${role}`, () => {
      let journal: Journal;
      beforeEach(async () => {
        journal = await open();
      });
      afterEach(() => journal.close());
      contract(() => journal);
    });
  }
}
