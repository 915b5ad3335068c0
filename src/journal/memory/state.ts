import type { ApprovalGrant } from '../../core/approvals/grants.ts';
import { SessionNotFoundError } from '../../errors/errors.ts';
import type { ApprovalRow } from '../approvals.ts';
import type { StoredBlob } from '../blobs.ts';
import type { ChangeListener, FeedEvent } from '../event-log.ts';
import type { LedgerKey, UsageTotals } from '../usage.ts';
import type { MemorySession } from './session.ts';

/** A blob in memory with what is known about it. */
export interface MemoryBlob {
  about: StoredBlob;
  data: Uint8Array;
  at: number;
}

/** A row of the usage ledger in memory. */
export interface LedgerEntry extends LedgerKey {
  session: string;
  totals: UsageTotals;
}

/** Everything that the roles of a journal in memory share. */
export class MemoryState {
  readonly sessions = new Map<string, MemorySession>();
  readonly approvals = new Map<string, ApprovalRow>();
  /** Events of all sessions; the position of an event is its index plus one. */
  readonly feed: FeedEvent[] = [];
  readonly blobs = new Map<string, MemoryBlob>();
  readonly listeners = new Set<ChangeListener>();
  /** Generations that have not ended, and those of them that are leaving. */
  readonly open = new Set<number>();
  readonly leaving = new Set<number>();
  /** Holders of leases; the end of a generation, or its leave, removes those that it gives up. */
  readonly leases = new Map<string, number>();
  /** The usage ledger, by the key of its rows. */
  readonly ledger = new Map<string, LedgerEntry>();
  grants: ApprovalGrant[] = [];
  generations = 0;
  entries = 0;

  requireSession(name: string): MemorySession {
    const session = this.sessions.get(name);
    if (!session) throw new SessionNotFoundError(name);
    return session;
  }

  /** Returns whether a generation may take new work: it is open and not leaving. */
  isServing(generation: number): boolean {
    return this.open.has(generation) && !this.leaving.has(generation);
  }

  notifyListeners(session: string): void {
    for (const listener of this.listeners) listener(session, false);
  }
}
