import { listInputBlobs } from '../../core/blobs.ts';
import { createDecisionError } from '../../errors/approvals.ts';
import { SessionNotFoundError } from '../../errors/errors.ts';
import { BlobNotFoundError } from '../../errors/sessions.ts';
import type { Inbox, InputDelivery } from '../inbox.ts';
import { listEntries, type MemorySession, newSession, storeInput } from './session.ts';
import type { MemoryState } from './state.ts';

export function createMemoryInbox(state: MemoryState): Inbox {
  return {
    async deliver(delivery) {
      const { session: name, input } = delivery;
      const session = state.sessions.get(name) ?? createFor(delivery);
      const first = session.seen.get(input.id);
      const seq = first ?? session.seq;
      if (first === undefined) {
        if (input.kind === 'approval') checkOpen(state, name, input.approval, delivery.at);
        const missing = listInputBlobs(input).find((blob) => !state.blobs.has(blob));
        if (missing !== undefined) throw new BlobNotFoundError(missing);
        state.sessions.set(name, session);
        state.entries += 1;
        storeInput(session, state.entries, delivery);
        state.notifyListeners(name);
      }
      return { session: name, input: input.id, seq, duplicate: first !== undefined };
    },
    async readInbox(name) {
      const session = state.sessions.get(name);
      return session ? listEntries(session) : [];
    },
  };
}

function checkOpen({ approvals }: MemoryState, session: string, approval: string, at: number): void {
  const row = approvals.get(approval);
  const open = row?.session === session && row.state === 'pending' && row.expiresAt > at;
  if (!open) throw createDecisionError(approval, session, row);
}

/** Makes the session that a delivery creates. Throws SessionNotFoundError when it must not create one. */
function createFor({ session, agent, at }: InputDelivery): MemorySession {
  if (agent === null) throw new SessionNotFoundError(session);
  return newSession(session, agent, at);
}
