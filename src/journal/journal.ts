import type { Approvals } from './approvals.ts';
import type { Blobs } from './blobs.ts';
import type { Catalog } from './catalog.ts';
import type { Cursors } from './cursors.ts';
import type { EventLog } from './event-log.ts';
import type { Inbox } from './inbox.ts';
import type { Leases } from './leases.ts';
import type { Ownership } from './ownership.ts';
import type { JournalStore } from './store.ts';
import type { TimeStore } from './time.ts';
import type { Usage } from './usage.ts';

/**
 * Port to durable storage: all roles together. One store holds all sessions of a home, and several generations
 * (processes) may have it open at once. A consumer depends on the roles that it uses, not on this type. Every
 * implementation keeps these promises (test/contract/journal.ts):
 *   - what was acknowledged is on disk: the promise of a write resolves after the fsync;
 *   - `append` is fenced: it succeeds only for the generation that owns the session, only at the expected
 *     position, and all or nothing;
 *   - `deliver` is idempotent by input id and needs no ownership;
 *   - a failed write leaves the store unchanged and rejects with JournalUnavailableError. When the failure is
 *     `uncertain`, such as a failed fsync, the write may reappear after a crash.
 */
export interface Journal
  extends JournalStore,
    EventLog,
    Inbox,
    Ownership,
    Catalog,
    Approvals,
    TimeStore,
    Blobs,
    Leases,
    Cursors,
    Usage {}
