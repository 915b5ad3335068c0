import type { DatabaseSync } from 'node:sqlite';
import type { RecordedEvent } from '../../../core/model/events.ts';
import type { SessionState } from '../../../core/model/state.ts';
import { DamagedSessionError, SessionNotFoundError } from '../../../errors/errors.ts';
import type { ChangeListener, DamagedRecord, EventLog, LoadedRecords } from '../../event-log.ts';
import { CORRUPT, describeStoreError, sqliteCode } from '../store/failure.ts';
import { requireInteger, requireText, type StoreRow } from '../store/values.ts';
import { createFeedReader } from './feed.ts';
import { decodeEvent, decodeSnapshot, readRecord, toStoredEvent } from './records.ts';
import type { Write, WriteResult } from './result.ts';
import { type SessionStatements, updateStoredSession } from './session-row.ts';

/** Message to the writer thread: store this snapshot. Events are written by an append. */
export interface SnapshotOperation {
  kind: 'snapshot';
  session: string;
  seq: number;
  format: number;
  body: string;
}

export interface EventLogStatements extends SessionStatements {
  eventLog: ReturnType<typeof prepareEventLogWriter>;
}

export function prepareEventLogWriter(db: DatabaseSync) {
  return {
    saveSnapshot: db.prepare(
      `INSERT INTO snapshots (session, seq, format, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (session) DO UPDATE SET seq = excluded.seq, format = excluded.format, body = excluded.body
       WHERE excluded.seq >= seq`,
    ),
  };
}

export function executeSnapshot(sql: EventLogStatements, operation: SnapshotOperation): WriteResult {
  const { session, seq, format, body } = operation;
  return updateStoredSession(sql, session, (id) => sql.eventLog.saveSnapshot.run(id, seq, format, body));
}

/** Creates the event log; reads see every commit and never wait for a write. */
export function createEventLog(
  write: Write<SnapshotOperation>,
  db: DatabaseSync,
  watch: (listener: ChangeListener) => () => void,
): EventLog {
  const reader = new EventReader(db);
  return {
    readEvents: async (session, after, limit) => reader.readEvents(session, after, limit),
    ...createFeedReader(db),
    loadSession: async (session) => reader.loadSession(session),
    async saveSnapshot(session, state) {
      const { seq, format } = state;
      await write({ kind: 'snapshot', session, seq, format, body: JSON.stringify(state) });
    },
    watch,
  };
}

class EventReader {
  readonly #db: DatabaseSync;
  readonly #sql: ReturnType<typeof prepareEventReader>;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#sql = prepareEventReader(db);
  }

  readEvents(name: string, after: number, limit: number): (RecordedEvent | DamagedRecord)[] {
    return this.#sql.events.all(name, after, limit).map(readRecord);
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

  #loadInTransaction(name: string): LoadedRecords {
    const session = this.#sql.position.get(name);
    if (!session) throw new SessionNotFoundError(name);
    const end = requireInteger(session['seq']);
    const snapshot = this.#readSnapshot(name, end);
    let seq = snapshot?.seq ?? 0;
    const events = this.#sql.events.all(name, seq, -1).map((row) => {
      seq += 1;
      return readInOrder(name, row, seq);
    });
    if (seq !== end) throw new DamagedSessionError(name, `event ${seq + 1} is missing`);
    return { snapshot, events };
  }

  #readSnapshot(name: string, seq: number): SessionState | undefined {
    const row = this.#sql.snapshot.get(name, seq);
    return row && decodeSnapshot(requireInteger(row['format']), requireText(row['body']));
  }
}

function prepareEventReader(db: DatabaseSync) {
  return {
    begin: db.prepare('BEGIN'),
    end: db.prepare('COMMIT'),
    position: db.prepare('SELECT seq FROM sessions WHERE name = ?'),
    events: db.prepare(
      `SELECT seq, at, type, v, body FROM events
       WHERE session = (SELECT id FROM sessions WHERE name = ?) AND seq > ? ORDER BY seq LIMIT ?`,
    ),
    snapshot: db.prepare(
      `SELECT format, body FROM snapshots
       WHERE session = (SELECT id FROM sessions WHERE name = ?) AND seq <= ?`,
    ),
  };
}

function readInOrder(name: string, row: StoreRow, seq: number): RecordedEvent {
  const stored = toStoredEvent(row);
  if (stored.seq !== seq) throw new DamagedSessionError(name, `event ${seq} is missing`);
  try {
    return decodeEvent(stored);
  } catch (error) {
    throw new DamagedSessionError(name, `event ${seq}: ${describeStoreError(error)}`);
  }
}
