import type { SessionState } from '../../core/model/state.ts';
import { createDecisionError } from '../../errors/approvals.ts';
import {
  FencedError,
  JournalConflictError,
  SessionNotFoundError,
  UnreadInputError,
} from '../../errors/errors.ts';
import { NotServingError, TooManyRemindersError } from '../../errors/time.ts';
import type { ApprovalQuery, GrantKey } from '../approvals.ts';
import type { AppendBatch, Delivery, Journal, Receipt, RecentQuery, SessionQuery } from '../journal.ts';
import type { TimeStore } from '../time.ts';
import type { WriteQueue } from './queue.ts';
import type { SqliteReader } from './read/reader.ts';
import type { TimeReader } from './read/time-reader.ts';
import { SqliteTimeStore, toDeliverOperation, toReceipt } from './time-store.ts';
import type { ChangeListeners } from './watchers.ts';
import type { WriteDone, WriteOperation, WriteRefused } from './write/operation.ts';
import { encodeApproval, encodeEvent } from './write/records.ts';

/** Journal on SQLite: sends writes to the writer thread and answers reads on a connection of the main thread. */
export class SqliteJournal implements Journal {
  readonly store: string;
  readonly time: TimeStore;
  readonly #writes: WriteQueue;
  readonly #reader: SqliteReader;
  readonly #watchers: ChangeListeners;

  constructor(writes: WriteQueue, reader: SqliteReader, time: TimeReader, watchers: ChangeListeners) {
    this.store = reader.readStoreName();
    this.#writes = writes;
    this.#reader = reader;
    this.#watchers = watchers;
    this.time = new SqliteTimeStore(time, (operation) => this.#writeOperation(operation));
  }

  async openGeneration(info: { version: string; pid: number }): Promise<number> {
    const { value } = await this.#writeOperation({ kind: 'open_generation', ...info });
    return value;
  }

  async closeGeneration(generation: number): Promise<void> {
    await this.#writeOperation({ kind: 'close_generation', generation });
  }

  async deliver(delivery: Delivery): Promise<Receipt> {
    return toReceipt(delivery, await this.#writeOperation(toDeliverOperation(delivery)));
  }

  async readInbox(session: string) {
    return this.#reader.readInbox(session);
  }

  async endEarlierGenerations(generation: number, alive: readonly number[]): Promise<void> {
    await this.#writeOperation({ kind: 'end_earlier', generation, alive });
  }

  async startLeaving(generation: number, keep: readonly string[]): Promise<void> {
    await this.#writeOperation({ kind: 'leave', generation, keep });
  }

  async claimSession(session: string, generation: number): Promise<void> {
    await this.#writeOperation({ kind: 'claim', session, generation });
  }

  async loadSession(session: string) {
    return this.#reader.loadSession(session);
  }

  async append({ release = false, yields = false, send = [], ...batch }: AppendBatch): Promise<void> {
    const { session, events, approvals = [], grants = [] } = batch;
    const expected = expectedPosition(session, events);
    await this.#writeOperation({
      ...batch,
      kind: 'append',
      expected,
      events: events.map(encodeEvent),
      send: send.map((sent) => toDeliverOperation({ ...sent, at: events.at(-1)?.at ?? Date.now() })),
      approvals: approvals.map(encodeApproval),
      grants,
      release,
      yields,
    });
  }

  async saveSnapshot(session: string, state: SessionState): Promise<void> {
    const { seq, format } = state;
    await this.#writeOperation({ kind: 'snapshot', session, seq, format, body: JSON.stringify(state) });
  }

  async markDamaged(session: string, reason: string | null): Promise<void> {
    await this.#writeOperation({ kind: 'damaged', session, reason });
  }

  async putBlob(id: string, data: Uint8Array): Promise<void> {
    await this.#writeOperation({ kind: 'blob', id, data });
  }

  async readBlob(id: string, offset: number, length: number) {
    return this.#reader.readBlob(id, offset, length);
  }

  async findSession(session: string) {
    return this.#reader.findSession(session);
  }

  async listSessions(query: SessionQuery) {
    return this.#reader.listSessions(query);
  }

  async listRecentSessions(query: RecentQuery) {
    return this.#reader.listRecentSessions(query);
  }

  async probe(): Promise<void> {
    await this.#writeOperation({ kind: 'probe' });
  }

  async countSessions() {
    return this.#reader.countSessions();
  }

  async listUnfinished() {
    return this.#reader.listUnfinished();
  }

  async readEvents(session: string, after: number, limit: number) {
    return this.#reader.readEvents(session, after, limit);
  }

  async listApprovals(query: ApprovalQuery) {
    return this.#reader.listApprovals(query);
  }

  async findApproval(id: string) {
    return this.#reader.findApproval(id);
  }

  async listGrants() {
    return this.#reader.listGrants();
  }

  async listGrantedRules(session: string, agent: string) {
    return this.#reader.listGrantedRules(session, agent);
  }

  async revokeGrant({ agent, session, rule }: GrantKey): Promise<boolean> {
    const { value } = await this.#writeOperation({ kind: 'revoke', agent, session, rule });
    return value > 0;
  }

  watch(listener: (session: string, foreign: boolean) => void): () => void {
    return this.#watchers.addListener(listener);
  }

  async close(): Promise<void> {
    this.#watchers.clear();
    this.#reader.close();
    await this.#writes.close();
  }

  async #writeOperation(operation: WriteOperation): Promise<WriteDone> {
    const answer = await this.#writes.submit(operation);
    if (answer.done) return answer;
    throw toRefusalError(operation, answer, this.#reader);
  }
}

/**
 * Returns the position that the session must have before the append. Throws JournalConflictError when the
 * events are not consecutive.
 */
function expectedPosition(session: string, events: AppendBatch['events']): number | null {
  const [first] = events;
  if (!first) return null;
  for (const [index, { seq }] of events.entries()) {
    if (seq !== first.seq + index) throw new JournalConflictError(session, seq - 1, first.seq + index - 1);
  }
  return first.seq - 1;
}

function toRefusalError(operation: WriteOperation, answer: WriteRefused, reader: SqliteReader): Error {
  const session = 'session' in operation ? (operation.session ?? '') : '';
  if (answer.refused === 'fenced') {
    const generation = 'generation' in operation ? (operation.generation ?? 0) : 0;
    return isAboutTime(operation)
      ? new NotServingError(generation)
      : new FencedError(session, generation, answer.owner);
  }
  if (answer.refused === 'missing') return new SessionNotFoundError(session);
  if (answer.refused === 'closed') {
    return createDecisionError(answer.approval, session, reader.findApproval(answer.approval));
  }
  if (answer.refused === 'unread') return new UnreadInputError(session);
  if (answer.refused === 'full') return new TooManyRemindersError(session);
  const expected = operation.kind === 'append' ? (operation.expected ?? 0) : 0;
  return new JournalConflictError(session, expected, answer.actual);
}

function isAboutTime({ kind }: WriteOperation): boolean {
  return kind === 'plan' || kind === 'decide' || kind === 'fire_reminder';
}
