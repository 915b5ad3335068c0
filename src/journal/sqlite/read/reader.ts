import type { DatabaseSync } from 'node:sqlite';
import type { RecordedEvent } from '../../../core/model/events.ts';
import type { SessionState, SessionStatus } from '../../../core/model/state.ts';
import { DamagedSessionError, SessionNotFoundError } from '../../../errors/errors.ts';
import type { ApprovalGrant, ApprovalQuery, ApprovalRow } from '../../approvals.ts';
import type {
  DamagedRecord,
  InboxEntry,
  LoadedRecords,
  RecentQuery,
  SessionFilter,
  SessionQuery,
  SessionRow,
} from '../../journal.ts';
import { CORRUPT, describeStoreError, sqliteCode } from '../store/failure.ts';
import { requireInteger, requireText } from '../store/values.ts';
import { type Positions, toPositions } from '../write/foreign.ts';
import { prepareReaderStatements, type ReaderStatements } from '../write/queries.ts';
import { decodeEvent, decodeInput, decodeSnapshot } from '../write/records.ts';
import { toApproval, toGrant, toSessionRow, toStatus, toStoredEvent } from './rows.ts';

/** Answers reads on the main thread, on a separate connection: reads see every commit and never wait for a write. */
export class SqliteReader {
  readonly #db: DatabaseSync;
  readonly #sql: ReaderStatements;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#sql = prepareReaderStatements(db);
  }

  readStoreName(): string {
    return requireText(this.#sql.store.get()?.['value']);
  }

  readPositions(): Positions {
    return toPositions(this.#sql.positions.get());
  }

  /**
   * Reads snapshot and events of a session in one read transaction. Throws SessionNotFoundError and
   * DamagedSessionError.
   */
  loadSession(name: string): LoadedRecords {
    this.#sql.begin.run();
    try {
      return this.#loadInTransaction(name);
    } catch (error) {
      if (sqliteCode(error) === CORRUPT) throw new DamagedSessionError(name, describeStoreError(error));
      throw error;
    } finally {
      if (this.#db.isTransaction) this.#sql.end.run();
    }
  }

  /**
   * Reads the unconsumed inputs of a session in order of arrival. Throws DamagedSessionError when one cannot be
   * read.
   */
  readInbox(name: string): InboxEntry[] {
    return this.#sql.inbox.all(name).map((row) => {
      const entry = requireInteger(row['entry']);
      try {
        const input = decodeInput(requireInteger(row['v']), requireText(row['body']));
        return { entry, at: requireInteger(row['at']), agent: requireText(row['agent']), input };
      } catch (error) {
        throw new DamagedSessionError(name, `input ${entry}: ${describeStoreError(error)}`);
      }
    });
  }

  findSession(name: string): SessionRow | undefined {
    const row = this.#sql.session.get(name);
    return row && toSessionRow(row);
  }

  listSessions({ status, after = '', ...filter }: SessionQuery): SessionRow[] {
    const bounds = { ...boundsOf(filter), after };
    if (status === undefined) return this.#sql.sessions.all(bounds).map(toSessionRow);
    const query = status === 'idle' ? this.#sql.idleSessions : this.#sql.sessionsByStatus;
    return (status === 'idle' ? query.all(bounds) : query.all({ ...bounds, status })).map(toSessionRow);
  }

  listRecentSessions({ status, before, ...filter }: RecentQuery): SessionRow[] {
    const { updatedAt: at, session: after } = before ?? { updatedAt: Number.MAX_SAFE_INTEGER, session: '' };
    return this.#sql.recentSessions
      .all({ ...boundsOf(filter), at, after, status: status ?? null })
      .map(toSessionRow);
  }

  countSessions(): Record<SessionStatus, number> {
    const counts = {
      idle: requireInteger(this.#sql.total.get()?.['n']),
      queued: 0,
      running: 0,
      waiting: 0,
      quarantined: 0,
    };
    for (const row of this.#sql.notIdle.all()) {
      const n = requireInteger(row['n']);
      counts[toStatus(row['shown'])] = n;
      counts.idle -= n;
    }
    return counts;
  }

  listUnfinished(): SessionRow[] {
    return this.#sql.unfinished.all().map(toSessionRow);
  }

  readEvents(name: string, after: number, limit: number): (RecordedEvent | DamagedRecord)[] {
    return this.#sql.events.all(name, after, limit).map((row) => {
      const stored = toStoredEvent(row);
      try {
        return decodeEvent(stored);
      } catch (error) {
        return { seq: stored.seq, at: stored.at, type: 'damaged', reason: describeStoreError(error) };
      }
    });
  }

  listApprovals({ session, state, limit }: ApprovalQuery): ApprovalRow[] {
    return this.#selectApprovals(session, state, limit).map(toApproval);
  }

  findApproval(id: string): ApprovalRow | undefined {
    const row = this.#sql.approval.get(id);
    return row && toApproval(row);
  }

  listGrants(): ApprovalGrant[] {
    return this.#sql.grants.all().map(toGrant);
  }

  listGrantedRules(session: string, agent: string): string[] {
    return this.#sql.granted.all({ session, agent }).map(({ rule }) => requireText(rule));
  }

  readBlob(id: string, offset: number, length: number): Uint8Array | undefined {
    const data = this.#sql.blob.get(offset + 1, length, id)?.['data'];
    return data instanceof Uint8Array ? data : undefined;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #loadInTransaction(name: string): LoadedRecords {
    const session = this.findSession(name);
    if (!session) throw new SessionNotFoundError(name);
    const snapshot = this.#readSnapshot(name, session.seq);
    let seq = snapshot?.seq ?? 0;
    const events = this.#sql.events.all(name, seq, -1).map((row) => {
      seq += 1;
      return readInOrder(name, row, seq);
    });
    if (seq !== session.seq) throw new DamagedSessionError(name, `event ${seq + 1} is missing`);
    return { snapshot, events };
  }

  #selectApprovals(session: string | undefined, state: ApprovalQuery['state'], limit: number) {
    const { approvals, pendingApprovals, approvalsOfSession } = this.#sql;
    if (session !== undefined) return approvalsOfSession.all({ session, state: state ?? null, limit });
    return state === 'pending'
      ? pendingApprovals.all({ limit })
      : approvals.all({ state: state ?? null, limit });
  }

  #readSnapshot(name: string, seq: number): SessionState | undefined {
    const row = this.#sql.snapshot.get(name, seq);
    return row && decodeSnapshot(requireInteger(row['format']), requireText(row['body']));
  }
}

function readInOrder(name: string, row: Parameters<typeof toStoredEvent>[0], seq: number): RecordedEvent {
  const stored = toStoredEvent(row);
  if (stored.seq !== seq) throw new DamagedSessionError(name, `event ${seq} is missing`);
  try {
    return decodeEvent(stored);
  } catch (error) {
    throw new DamagedSessionError(name, `event ${seq}: ${describeStoreError(error)}`);
  }
}

function boundsOf({ prefix = '', agent, since = 0, limit }: Omit<SessionFilter, 'status'>) {
  return { from: prefix, to: `${prefix}\u{10ffff}`, agent: agent ?? null, since, limit };
}
