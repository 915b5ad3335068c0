import { LeaseNotHeldError } from '../../errors/journal.ts';
import type { Cursors } from '../cursors.ts';
import type { Inbox } from '../inbox.ts';
import type { Leases } from '../leases.ts';
import type { MemoryState } from './state.ts';

export function createMemoryLeases(state: MemoryState): Leases {
  return {
    async acquireLease(name, generation) {
      const holder = state.leases.get(name) ?? null;
      const taken = holder !== null && holder !== generation;
      if (taken || !state.isServing(generation)) throw new LeaseNotHeldError(name, generation, holder);
      state.leases.set(name, generation);
    },
    async releaseLease(name, generation) {
      if (state.leases.get(name) === generation) state.leases.delete(name);
    },
    findLeaseHolder: async (name) => state.leases.get(name) ?? null,
  };
}

export function createMemoryCursors(state: MemoryState, { deliver }: Inbox): Cursors {
  const cursors = new Map<string, number>();
  return {
    readCursor: async (consumer) => cursors.get(consumer) ?? 0,
    async advanceCursor({ consumer, position, send = [], lease }) {
      const holder = lease && (state.leases.get(lease.name) ?? null);
      if (lease && holder !== lease.generation) {
        throw new LeaseNotHeldError(lease.name, lease.generation, holder ?? null);
      }
      if ((cursors.get(consumer) ?? 0) >= position) return false;
      cursors.set(consumer, position);
      // An input that its session refuses is dropped. All are stored before this function waits.
      await Promise.allSettled(send.map(deliver));
      return true;
    },
  };
}
