import { FencedError, JournalConflictError, UnreadInputError } from '../../errors/errors.ts';
import { cloneJson } from '../../util/lossless-json.ts';
import type { Inbox } from '../inbox.ts';
import type { AppendBatch, Ownership } from '../ownership.ts';
import { isSameGrant } from './approvals.ts';
import { consumeEntries, hasUnread, type MemorySession } from './session.ts';
import type { MemoryState } from './state.ts';
import { addMemoryUsage } from './usage.ts';

export function createMemoryOwnership(state: MemoryState, { deliver }: Inbox): Ownership {
  return {
    async openGeneration() {
      state.generations += 1;
      state.open.add(state.generations);
      return state.generations;
    },
    async closeGeneration(generation) {
      endGeneration(state, generation);
    },
    async endEarlierGenerations(generation, alive) {
      const ended = [...state.open].filter((open) => open < generation && !alive.includes(open));
      for (const open of ended) endGeneration(state, open);
    },
    async startLeaving(generation, keep, leases = []) {
      state.leaving.add(generation);
      freeSessions(state, generation, keep);
      freeLeases(state, generation, leases);
    },
    async claimSession(name, generation) {
      const session = state.requireSession(name);
      const { owner } = session;
      const taken = owner !== null && owner !== generation;
      if (taken || !state.isServing(generation)) throw new FencedError(name, generation, owner);
      session.owner = generation;
    },
    async append(batch) {
      const session = state.requireSession(batch.session);
      checkAppend(session, batch);
      writeSession(state, session, batch);
      if (batch.events.length > 0) state.notifyListeners(batch.session);
      storeApprovals(state, batch);
      addMemoryUsage(state, batch.session, batch.usage ?? []);
      for (const sent of batch.send ?? []) {
        // A result or a cancel must not create a session, so it is dropped when its session does not exist.
        if (sent.agent === null && !state.sessions.has(sent.session)) continue;
        await deliver({ ...sent, at: session.updatedAt });
      }
    },
  };
}

function endGeneration(state: MemoryState, generation: number): void {
  state.open.delete(generation);
  freeSessions(state, generation, []);
  freeLeases(state, generation, []);
}

function freeLeases({ leases }: MemoryState, generation: number, keep: readonly string[]): void {
  for (const [name, holder] of leases) if (holder === generation && !keep.includes(name)) leases.delete(name);
}

function freeSessions(state: MemoryState, generation: number, keep: readonly string[]): void {
  for (const session of state.sessions.values()) {
    if (session.owner === generation && !keep.includes(session.session)) session.owner = null;
  }
}

function checkAppend(session: MemorySession, { generation, events, consumed, yields }: AppendBatch): void {
  const name = session.session;
  if (session.owner !== generation) throw new FencedError(name, generation, session.owner);
  for (const [index, event] of events.entries()) {
    if (event.seq === session.seq + index + 1) continue;
    throw new JournalConflictError(name, event.seq - 1, session.seq + index);
  }
  if (yields && hasUnread(session, consumed)) throw new UnreadInputError(name);
}

function writeSession(state: MemoryState, session: MemorySession, batch: AppendBatch): void {
  const { session: name, agent } = session;
  for (const event of cloneJson(batch.events)) {
    session.events.push(event);
    state.feed.push({ position: state.feed.length + 1, session: name, agent, event });
  }
  session.seq += batch.events.length;
  consumeEntries(session, batch.consumed);
  session.status = batch.status;
  session.wakeAt = batch.wakeAt;
  session.updatedAt = batch.events.at(-1)?.at ?? session.updatedAt;
  if (batch.release) session.owner = null;
}

function storeApprovals(state: MemoryState, { approvals = [], grants = [] }: AppendBatch): void {
  for (const row of approvals) state.approvals.set(row.approval, cloneJson(row));
  for (const grant of grants) {
    if (!state.grants.some(isSameGrant(grant))) state.grants.push(cloneJson(grant));
  }
}
