import type { DatabaseSync } from 'node:sqlite';
import type { Recorded } from '../../../core/model/events.ts';
import type { SessionState, SessionStatus } from '../../../core/model/state.ts';
import { DamagedSessionError, SessionNotFoundError } from '../../../errors/errors.ts';
import type { ApprovalQuery, ApprovalRow, Grant } from '../../approvals.ts';
import type {
  DamagedRecord,
  InboxEntry,
  Loaded,
  RecentQuery,
  SessionFilter,
  SessionQuery,
  SessionRow,
} from '../../journal.ts';
import { CORRUPT, reasonOf, sqliteCode } from '../store/failure.ts';
import { integer, text } from '../store/values.ts';
import { type Positions, toPositions } from '../write/foreign.ts';
import { prepareReader, type ReaderStatements } from '../write/queries.ts';
import { decodeEvent, decodeInput, decodeSnapshot } from '../write/records.ts';
import { toApproval, toGrant, toSessionRow, toStatus, toStoredEvent } from './rows.ts';

/** Answers reads on the main thread, on a separate connection: reads see every commit and never wait for a write. */
export class Reader {
  readonly #db: DatabaseSync;
  readonly #sql: ReaderStatements;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#sql = prepareReader(db);
  }

  storeName(): string {
    return text(this.#sql.store.get()?.['value']);
  }

  positions(): Positions {
    return toPositions(this.#sql.positions.get());
  }

  /**
   * Reads snapshot and events of a session in one read transaction. Throws SessionNotFoundError and
   * DamagedSessionError.
   */
  load(name: string): Loaded {
    this.#sql.begin.run();
    try {
      return this.#load(name);
    } catch (error) {
      if (sqliteCode(error) === CORRUPT) throw new DamagedSessionError(name, reasonOf(error));
      throw error;
    } finally {
      if (this.#db.isTransaction) this.#sql.end.run();
    }
  }

  /**
   * Reads the unconsumed inputs of a session in order of arrival. Throws DamagedSessionError when one cannot be
   * read.
   */
  inbox(name: string): InboxEntry[] {
    return this.#sql.inbox.all(name).map((row) => {
      const entry = integer(row['entry']);
      try {
        const input = decodeInput(integer(row['v']), text(row['body']));
        return { entry, at: integer(row['at']), agent: text(row['agent']), input };
      } catch (error) {
        throw new DamagedSessionError(name, `input ${entry}: ${reasonOf(error)}`);
      }
    });
  }

  session(name: string): SessionRow | undefined {
    const row = this.#sql.session.get(name);
    return row && toSessionRow(row);
  }

  sessions({ status, after = '', ...filter }: SessionQuery): SessionRow[] {
    const bounds = { ...boundsOf(filter), after };
    if (status === undefined) return this.#sql.sessions.all(bounds).map(toSessionRow);
    const query = status === 'idle' ? this.#sql.idleSessions : this.#sql.sessionsByStatus;
    return (status === 'idle' ? query.all(bounds) : query.all({ ...bounds, status })).map(toSessionRow);
  }

  recentSessions({ status, before, ...filter }: RecentQuery): SessionRow[] {
    const { updatedAt: at, session: after } = before ?? { updatedAt: Number.MAX_SAFE_INTEGER, session: '' };
    return this.#sql.recentSessions
      .all({ ...boundsOf(filter), at, after, status: status ?? null })
      .map(toSessionRow);
  }

  counts(): Record<SessionStatus, number> {
    const counts = {
      idle: integer(this.#sql.total.get()?.['n']),
      queued: 0,
      running: 0,
      waiting: 0,
      quarantined: 0,
    };
    for (const row of this.#sql.notIdle.all()) {
      const n = integer(row['n']);
      counts[toStatus(row['shown'])] = n;
      counts.idle -= n;
    }
    return counts;
  }

  unfinished(): SessionRow[] {
    return this.#sql.unfinished.all().map(toSessionRow);
  }

  events(name: string, after: number, limit: number): (Recorded | DamagedRecord)[] {
    return this.#sql.events.all(name, after, limit).map((row) => {
      const stored = toStoredEvent(row);
      try {
        return decodeEvent(stored);
      } catch (error) {
        return { seq: stored.seq, at: stored.at, type: 'damaged', reason: reasonOf(error) };
      }
    });
  }

  approvals({ session, state, limit }: ApprovalQuery): ApprovalRow[] {
    return this.#approvals(session, state, limit).map(toApproval);
  }

  approval(id: string): ApprovalRow | undefined {
    const row = this.#sql.approval.get(id);
    return row && toApproval(row);
  }

  grants(): Grant[] {
    return this.#sql.grants.all().map(toGrant);
  }

  granted(session: string, agent: string): string[] {
    return this.#sql.granted.all({ session, agent }).map(({ rule }) => text(rule));
  }

  blob(id: string, offset: number, length: number): Uint8Array | undefined {
    const data = this.#sql.blob.get(offset + 1, length, id)?.['data'];
    return data instanceof Uint8Array ? data : undefined;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #load(name: string): Loaded {
    const session = this.session(name);
    if (!session) throw new SessionNotFoundError(name);
    const snapshot = this.#snapshot(name, session.seq);
    let seq = snapshot?.seq ?? 0;
    const events = this.#sql.events.all(name, seq, -1).map((row) => {
      seq += 1;
      return readInOrder(name, row, seq);
    });
    if (seq !== session.seq) throw new DamagedSessionError(name, `event ${seq + 1} is missing`);
    return { snapshot, events };
  }

  #approvals(session: string | undefined, state: ApprovalQuery['state'], limit: number) {
    const { approvals, pendingApprovals, approvalsOfSession } = this.#sql;
    if (session !== undefined) return approvalsOfSession.all({ session, state: state ?? null, limit });
    return state === 'pending'
      ? pendingApprovals.all({ limit })
      : approvals.all({ state: state ?? null, limit });
  }

  #snapshot(name: string, seq: number): SessionState | undefined {
    const row = this.#sql.snapshot.get(name, seq);
    return row && decodeSnapshot(integer(row['format']), text(row['body']));
  }
}

function readInOrder(name: string, row: Parameters<typeof toStoredEvent>[0], seq: number): Recorded {
  const stored = toStoredEvent(row);
  if (stored.seq !== seq) throw new DamagedSessionError(name, `event ${seq} is missing`);
  try {
    return decodeEvent(stored);
  } catch (error) {
    throw new DamagedSessionError(name, `event ${seq}: ${reasonOf(error)}`);
  }
}

function boundsOf({ prefix = '', agent, since = 0, limit }: Omit<SessionFilter, 'status'>) {
  return { from: prefix, to: `${prefix}\u{10ffff}`, agent: agent ?? null, since, limit };
}
