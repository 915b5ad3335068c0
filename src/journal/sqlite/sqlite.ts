import type { SessionState } from '../../core/model/state.ts';
import { decisionRefused } from '../../errors/approvals.ts';
import {
  FencedError,
  JournalConflictError,
  SessionNotFoundError,
  UnreadInputError,
} from '../../errors/errors.ts';
import { NotServingError, TooManyRemindersError } from '../../errors/time.ts';
import type { ApprovalQuery, GrantName } from '../approvals.ts';
import type { Append, Delivery, Journal, Receipt, RecentQuery, SessionQuery } from '../journal.ts';
import type { TimeStore } from '../time.ts';
import type { WriteQueue } from './queue.ts';
import type { Reader } from './read/reader.ts';
import type { TimeReader } from './read/time-reader.ts';
import { deliverOperation, receiptOf, SqliteTimeStore } from './time-store.ts';
import type { Watchers } from './watchers.ts';
import type { Done, Operation, Refused } from './write/operation.ts';
import { encodeApproval, encodeEvent } from './write/records.ts';

/** Journal on SQLite: sends writes to the writer thread and answers reads on a connection of the main thread. */
export class SqliteJournal implements Journal {
  readonly store: string;
  readonly time: TimeStore;
  readonly #writes: WriteQueue;
  readonly #reader: Reader;
  readonly #watchers: Watchers;

  constructor(writes: WriteQueue, reader: Reader, time: TimeReader, watchers: Watchers) {
    this.store = reader.storeName();
    this.#writes = writes;
    this.#reader = reader;
    this.#watchers = watchers;
    this.time = new SqliteTimeStore(time, (operation) => this.#write(operation));
  }

  async openGeneration(info: { version: string; pid: number }): Promise<number> {
    const { value } = await this.#write({ kind: 'open_generation', ...info });
    return value;
  }

  async closeGeneration(generation: number): Promise<void> {
    await this.#write({ kind: 'close_generation', generation });
  }

  async deliver(delivery: Delivery): Promise<Receipt> {
    return receiptOf(delivery, await this.#write(deliverOperation(delivery)));
  }

  async inbox(session: string) {
    return this.#reader.inbox(session);
  }

  async endEarlierGenerations(generation: number, alive: readonly number[]): Promise<void> {
    await this.#write({ kind: 'end_earlier', generation, alive });
  }

  async leave(generation: number, keep: readonly string[]): Promise<void> {
    await this.#write({ kind: 'leave', generation, keep });
  }

  async claim(session: string, generation: number): Promise<void> {
    await this.#write({ kind: 'claim', session, generation });
  }

  async load(session: string) {
    return this.#reader.load(session);
  }

  async append({ release = false, yields = false, send = [], ...batch }: Append): Promise<void> {
    const { session, events, approvals = [], grants = [] } = batch;
    const expected = expectedPosition(session, events);
    await this.#write({
      ...batch,
      kind: 'append',
      expected,
      events: events.map(encodeEvent),
      send: send.map((sent) => deliverOperation({ ...sent, at: events.at(-1)?.at ?? Date.now() })),
      approvals: approvals.map(encodeApproval),
      grants,
      release,
      yields,
    });
  }

  async saveSnapshot(session: string, state: SessionState): Promise<void> {
    const { seq, format } = state;
    await this.#write({ kind: 'snapshot', session, seq, format, body: JSON.stringify(state) });
  }

  async markDamaged(session: string, reason: string | null): Promise<void> {
    await this.#write({ kind: 'damaged', session, reason });
  }

  async putBlob(id: string, data: Uint8Array): Promise<void> {
    await this.#write({ kind: 'blob', id, data });
  }

  async readBlob(id: string, offset: number, length: number) {
    return this.#reader.blob(id, offset, length);
  }

  async session(session: string) {
    return this.#reader.session(session);
  }

  async sessions(query: SessionQuery) {
    return this.#reader.sessions(query);
  }

  async recentSessions(query: RecentQuery) {
    return this.#reader.recentSessions(query);
  }

  async probe(): Promise<void> {
    await this.#write({ kind: 'probe' });
  }

  async counts() {
    return this.#reader.counts();
  }

  async unfinished() {
    return this.#reader.unfinished();
  }

  async events(session: string, after: number, limit: number) {
    return this.#reader.events(session, after, limit);
  }

  async approvals(query: ApprovalQuery) {
    return this.#reader.approvals(query);
  }

  async approval(id: string) {
    return this.#reader.approval(id);
  }

  async grants() {
    return this.#reader.grants();
  }

  async granted(session: string, agent: string) {
    return this.#reader.granted(session, agent);
  }

  async revoke({ agent, session, rule }: GrantName): Promise<boolean> {
    const { value } = await this.#write({ kind: 'revoke', agent, session, rule });
    return value > 0;
  }

  watch(listener: (session: string, foreign: boolean) => void): () => void {
    return this.#watchers.add(listener);
  }

  async close(): Promise<void> {
    this.#watchers.clear();
    this.#reader.close();
    await this.#writes.close();
  }

  async #write(operation: Operation): Promise<Done> {
    const answer = await this.#writes.submit(operation);
    if (answer.done) return answer;
    throw refusal(operation, answer, this.#reader);
  }
}

/**
 * Returns the position that the session must have before the append. Throws JournalConflictError when the
 * events are not consecutive.
 */
function expectedPosition(session: string, events: Append['events']): number | null {
  const [first] = events;
  if (!first) return null;
  for (const [index, { seq }] of events.entries()) {
    if (seq !== first.seq + index) throw new JournalConflictError(session, seq - 1, first.seq + index - 1);
  }
  return first.seq - 1;
}

function refusal(operation: Operation, answer: Refused, reader: Reader): Error {
  const session = 'session' in operation ? (operation.session ?? '') : '';
  if (answer.refused === 'fenced') {
    const generation = 'generation' in operation ? (operation.generation ?? 0) : 0;
    return isAboutTime(operation)
      ? new NotServingError(generation)
      : new FencedError(session, generation, answer.owner);
  }
  if (answer.refused === 'missing') return new SessionNotFoundError(session);
  if (answer.refused === 'closed') {
    return decisionRefused(answer.approval, session, reader.approval(answer.approval));
  }
  if (answer.refused === 'unread') return new UnreadInputError(session);
  if (answer.refused === 'full') return new TooManyRemindersError(session);
  const expected = operation.kind === 'append' ? (operation.expected ?? 0) : 0;
  return new JournalConflictError(session, expected, answer.actual);
}

function isAboutTime({ kind }: Operation): boolean {
  return kind === 'plan' || kind === 'decide' || kind === 'fire_reminder';
}
