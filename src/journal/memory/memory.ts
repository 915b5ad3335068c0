import { randomUUID } from 'node:crypto';
import type { RecordedEvent } from '../../core/model/events.ts';
import { type SessionState, type SessionStatus, STATE_FORMAT } from '../../core/model/state.ts';
import { createDecisionError } from '../../errors/approvals.ts';
import {
  FencedError,
  JournalConflictError,
  SessionNotFoundError,
  UnreadInputError,
} from '../../errors/errors.ts';
import { cloneJson } from '../../util/lossless-json.ts';
import type { ApprovalGrant, ApprovalQuery, ApprovalRow, GrantKey } from '../approvals.ts';
import type {
  AppendBatch,
  Delivery,
  Journal,
  Receipt,
  RecentQuery,
  SessionFilter,
  SessionQuery,
  SessionRow,
} from '../journal.ts';
import {
  consumeEntries,
  hasUnread,
  listEntries,
  type MemorySession,
  newSession,
  storeInput,
  toSessionListing,
} from './session.ts';
import { MemoryTimeStore } from './time.ts';

/** Creates a journal in memory that keeps every promise of the port except durability; for unit tests. */
export function createMemoryJournal(): Journal {
  return new MemoryJournal();
}

class MemoryJournal implements Journal {
  readonly store = randomUUID();
  readonly time = new MemoryTimeStore({
    deliver: (delivery) => this.deliver(delivery),
    mayDecide: (generation) => this.#open.has(generation) && !this.#leaving.has(generation),
    hasInput: (session, input) => this.#sessions.get(session)?.seen.has(input),
  });
  readonly #sessions = new Map<string, MemorySession>();
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #approvals = new Map<string, ApprovalRow>();
  #grants: ApprovalGrant[] = [];
  readonly #listeners = new Set<(session: string, foreign: boolean) => void>();
  readonly #open = new Set<number>();
  readonly #leaving = new Set<number>();
  #generations = 0;
  #entries = 0;

  async openGeneration(): Promise<number> {
    this.#generations += 1;
    this.#open.add(this.#generations);
    return this.#generations;
  }

  async closeGeneration(generation: number): Promise<void> {
    this.#open.delete(generation);
    for (const session of this.#sessions.values()) {
      if (session.owner === generation) session.owner = null;
    }
  }

  async endEarlierGenerations(generation: number, alive: readonly number[]): Promise<void> {
    for (const open of [...this.#open]) {
      if (open < generation && !alive.includes(open)) await this.closeGeneration(open);
    }
  }

  async startLeaving(generation: number, keep: readonly string[]): Promise<void> {
    this.#leaving.add(generation);
    for (const session of this.#sessions.values()) {
      if (session.owner === generation && !keep.includes(session.session)) session.owner = null;
    }
  }

  async deliver(delivery: Delivery): Promise<Receipt> {
    const { session: name, input } = delivery;
    const session = this.#sessions.get(name) ?? newSession(name, delivery.agent, delivery.at);
    this.#sessions.set(name, session);
    const first = session.seen.get(input.id);
    const seq = first ?? session.seq;
    if (first === undefined) {
      if (input.kind === 'approval') this.#checkOpen(name, input.approval, delivery.at);
      this.#entries += 1;
      storeInput(session, this.#entries, delivery);
      this.#notifyListeners(name);
    }
    return { session: name, input: input.id, seq, duplicate: first !== undefined };
  }

  async readInbox(name: string) {
    const session = this.#sessions.get(name);
    return session ? listEntries(session) : [];
  }

  async claimSession(name: string, generation: number): Promise<void> {
    const session = this.#requireSession(name);
    const { owner } = session;
    const taken = owner !== null && owner !== generation;
    const may = this.#open.has(generation) && !this.#leaving.has(generation);
    if (taken || !may) throw new FencedError(name, generation, owner);
    session.owner = generation;
  }

  async loadSession(name: string) {
    const { snapshot, events } = this.#requireSession(name);
    const usable = snapshot?.format === STATE_FORMAT ? snapshot : undefined;
    return cloneJson({ snapshot: usable, events: events.slice(usable?.seq ?? 0) });
  }

  async append(batch: AppendBatch): Promise<void> {
    const session = this.#requireSession(batch.session);
    if (session.owner !== batch.generation) {
      throw new FencedError(batch.session, batch.generation, session.owner);
    }
    for (const [index, event] of batch.events.entries()) {
      if (event.seq === session.seq + index + 1) continue;
      throw new JournalConflictError(batch.session, event.seq - 1, session.seq + index);
    }
    if (batch.yields && hasUnread(session, batch.consumed)) throw new UnreadInputError(batch.session);
    session.events.push(...cloneJson(batch.events));
    session.seq += batch.events.length;
    consumeEntries(session, batch.consumed);
    session.status = batch.status;
    session.wakeAt = batch.wakeAt;
    session.updatedAt = batch.events.at(-1)?.at ?? session.updatedAt;
    if (batch.release) session.owner = null;
    if (batch.events.length > 0) this.#notifyListeners(batch.session);
    await this.#writeAlongside(batch, session.updatedAt);
  }

  /** Writes what an append commits besides the session: approvals, grants, and inputs for other sessions. */
  async #writeAlongside({ approvals = [], grants = [], send = [] }: AppendBatch, at: number): Promise<void> {
    for (const row of approvals) this.#approvals.set(row.approval, cloneJson(row));
    for (const grant of grants) {
      if (!this.#grants.some(sameGrant(grant))) this.#grants.push(cloneJson(grant));
    }
    for (const sent of send) {
      // A result or a cancel must not create a session, so it is dropped when its session does not exist.
      if (sent.agent !== '' || this.#sessions.has(sent.session)) await this.deliver({ ...sent, at });
    }
  }

  async saveSnapshot(name: string, state: SessionState): Promise<void> {
    const session = this.#requireSession(name);
    if (state.seq >= (session.snapshot?.seq ?? 0)) session.snapshot = cloneJson(state);
  }

  async markDamaged(name: string, reason: string | null): Promise<void> {
    this.#requireSession(name).damaged = reason;
  }

  async putBlob(id: string, data: Uint8Array): Promise<void> {
    this.#blobs.set(id, data.slice());
  }

  async readBlob(id: string, offset: number, length: number) {
    return this.#blobs.get(id)?.slice(offset, offset + length);
  }

  async findSession(name: string): Promise<SessionRow | undefined> {
    const session = this.#sessions.get(name);
    return session && toSessionListing(session);
  }

  async listSessions(query: SessionQuery): Promise<SessionRow[]> {
    const { after = '', limit } = query;
    return this.#filterSessions(query)
      .filter((row) => row.session > after)
      .sort((a, b) => (a.session < b.session ? -1 : 1))
      .slice(0, limit);
  }

  async listRecentSessions({ before, ...query }: RecentQuery): Promise<SessionRow[]> {
    return this.#filterSessions(query)
      .filter((row) => before === undefined || compareRecent(before, row) < 0)
      .sort(compareRecent)
      .slice(0, query.limit);
  }

  #filterSessions({ status, agent, prefix = '', since = 0 }: SessionFilter): SessionRow[] {
    return this.#listRows()
      .filter((row) => row.session.startsWith(prefix) && row.updatedAt >= since)
      .filter((row) => (status ?? row.status) === row.status && (agent ?? row.agent) === row.agent);
  }

  async probe(): Promise<void> {}

  async countSessions(): Promise<Record<SessionStatus, number>> {
    const counts = { idle: 0, queued: 0, running: 0, waiting: 0, quarantined: 0 };
    for (const { status } of this.#listRows()) counts[status] += 1;
    return counts;
  }

  async listUnfinished(): Promise<SessionRow[]> {
    return [...this.#sessions.values()]
      .filter(({ damaged }) => damaged === null)
      .filter(({ status, inbox }) => !['idle', 'quarantined'].includes(status) || inbox.length > 0)
      .map(toSessionListing)
      .sort((a, b) => a.updatedAt - b.updatedAt);
  }

  async readEvents(name: string, after: number, limit: number): Promise<RecordedEvent[]> {
    const events = this.#sessions.get(name)?.events ?? [];
    return cloneJson(events.slice(after, after + limit));
  }

  async listApprovals({ session, state, limit }: ApprovalQuery): Promise<ApprovalRow[]> {
    return [...this.#approvals.values()]
      .filter((row) => (session ?? row.session) === row.session && (state ?? row.state) === row.state)
      .sort((a, b) => b.requestedAt - a.requestedAt || (a.approval < b.approval ? 1 : -1))
      .slice(0, limit);
  }

  async findApproval(id: string): Promise<ApprovalRow | undefined> {
    return this.#approvals.get(id);
  }

  async listGrants(): Promise<ApprovalGrant[]> {
    const place = ({ agent, session, rule }: ApprovalGrant) => [agent, session ?? '', rule].join('\n');
    return cloneJson(this.#grants).sort((a, b) => (place(a) < place(b) ? -1 : 1));
  }

  async listGrantedRules(session: string, agent: string): Promise<string[]> {
    const holds = (grant: ApprovalGrant) =>
      grant.session === session || (!grant.session && grant.agent === agent);
    return this.#grants.filter(holds).map(({ rule }) => rule);
  }

  async revokeGrant(name: GrantKey): Promise<boolean> {
    const before = this.#grants.length;
    this.#grants = this.#grants.filter((grant) => !sameGrant(name)(grant));
    return this.#grants.length < before;
  }

  watch(listener: (session: string, foreign: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  #listRows(): SessionRow[] {
    return [...this.#sessions.values()].map(toSessionListing);
  }

  #requireSession(name: string): MemorySession {
    const session = this.#sessions.get(name);
    if (!session) throw new SessionNotFoundError(name);
    return session;
  }

  #checkOpen(session: string, approval: string, at: number): void {
    const row = this.#approvals.get(approval);
    const open = row?.session === session && row.state === 'pending' && row.expiresAt > at;
    if (!open) throw createDecisionError(approval, session, row);
  }

  #notifyListeners(session: string): void {
    for (const listener of this.#listeners) listener(session, false);
  }
}

function sameGrant(one: GrantKey) {
  return (other: ApprovalGrant) =>
    one.agent === other.agent && one.session === other.session && one.rule === other.rule;
}

/** Orders rows newest first; rows that changed in the same millisecond are ordered by id. */
function compareRecent(a: Pick<SessionRow, 'updatedAt' | 'session'>, b: typeof a): number {
  return b.updatedAt - a.updatedAt || (a.session < b.session ? -1 : Number(a.session > b.session));
}
