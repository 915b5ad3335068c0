import { randomUUID } from 'node:crypto';
import type { Journal } from '../journal.ts';
import { createMemoryApprovals } from './approvals.ts';
import { createMemoryBlobs } from './blobs.ts';
import { createMemoryCatalog } from './catalog.ts';
import { createMemoryEventLog } from './event-log.ts';
import { createMemoryInbox } from './inbox.ts';
import { createMemoryCursors, createMemoryLeases } from './leases.ts';
import { createMemoryOwnership } from './ownership.ts';
import { MemoryState } from './state.ts';
import { createMemoryTimeStore } from './time.ts';
import { createMemoryUsage } from './usage.ts';

/**
 * Creates a journal in memory that keeps every promise of the port except durability; for unit tests. No method
 * awaits between its checks and its writes, so each one is a transaction.
 */
export function createMemoryJournal(): Journal {
  const state = new MemoryState();
  const inbox = createMemoryInbox(state);
  return {
    store: randomUUID(),
    ...createMemoryEventLog(state),
    ...inbox,
    ...createMemoryOwnership(state, inbox),
    ...createMemoryCatalog(state),
    ...createMemoryApprovals(state),
    ...createMemoryTimeStore({
      deliver: inbox.deliver,
      isServing: (generation) => state.isServing(generation),
      hasInput: (session, input) => state.sessions.get(session)?.seen.has(input),
    }),
    ...createMemoryLeases(state),
    ...createMemoryCursors(state, inbox),
    ...createMemoryBlobs(state),
    ...createMemoryUsage(state),
    async probe() {},
    async close() {
      state.listeners.clear();
    },
  };
}
