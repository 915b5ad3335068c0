import type { DatabaseSync } from 'node:sqlite';
import type { SessionStatus } from '../../../core/model/state.ts';
import type { Catalog, RecentQuery, SessionFilter, SessionQuery, SessionRow } from '../../catalog.ts';
import {
  requireInteger,
  requireIntegerOrNull,
  requireText,
  requireTextOrNull,
  type StoreRow,
} from '../store/values.ts';
import type { Write, WriteResult } from './result.ts';
import { OWNER, type SessionStatements, updateStoredSession } from './session-row.ts';

/** Message to the writer thread: mark this session as damaged, or remove the mark. */
export interface DamagedOperation {
  kind: 'damaged';
  session: string;
  reason: string | null;
}

export interface CatalogStatements extends SessionStatements {
  catalog: ReturnType<typeof prepareCatalogWriter>;
}

export function createCatalog(write: Write<DamagedOperation>, db: DatabaseSync): Catalog {
  const sql = prepareCatalogReader(db);
  return {
    async findSession(session) {
      const row = sql.session.get(session);
      return row && toSessionRow(row);
    },
    listSessions: async (query) => selectSessions(sql, query).map(toSessionRow),
    listRecentSessions: async (query) => selectRecent(sql, query).map(toSessionRow),
    countSessions: async () => countByStatus(sql),
    listUnfinished: async () => sql.unfinished.all().map(toSessionRow),
    async markDamaged(session, reason) {
      await write({ kind: 'damaged', session, reason });
    },
  };
}

export function prepareCatalogWriter(db: DatabaseSync) {
  return { markDamaged: db.prepare('UPDATE sessions SET damaged = ? WHERE id = ?') };
}

export function executeDamaged(sql: CatalogStatements, { session, reason }: DamagedOperation): WriteResult {
  return updateStoredSession(sql, session, (id) => sql.catalog.markDamaged.run(reason, id));
}

type CatalogReader = ReturnType<typeof prepareCatalogReader>;

export function prepareCatalogReader(db: DatabaseSync) {
  return {
    session: db.prepare(`${LISTED} WHERE s.name = ?`),
    sessions: db.prepare(`${LISTED} ${IN_BOUNDS} ORDER BY s.name LIMIT $limit`),
    idleSessions: db.prepare(`${LISTED} ${IN_BOUNDS} AND s.shown = 'idle' ORDER BY s.name LIMIT $limit`),
    sessionsByStatus: db.prepare(
      `${LISTED} ${IN_BOUNDS} AND s.shown <> 'idle' AND s.shown = $status ORDER BY s.name LIMIT $limit`,
    ),
    recentSessions: db.prepare(
      `${LISTED} WHERE ${FILTERS} AND ($status IS NULL OR s.shown = $status)
         AND (s.updated_at < $at OR (s.updated_at = $at AND s.name > $after))
       ORDER BY s.updated_at DESC, s.name LIMIT $limit`,
    ),
    total: db.prepare('SELECT coalesce(max(id), 0) AS n FROM sessions'),
    notIdle: db.prepare("SELECT shown, count(*) AS n FROM sessions WHERE shown <> 'idle' GROUP BY shown"),
    unfinished: db.prepare(
      `${LISTED} WHERE s.shown <> 'idle' AND s.damaged IS NULL AND (s.status <> 'quarantined' OR s.pending > 0)
       ORDER BY s.updated_at, s.id`,
    ),
  };
}

const LISTED = `
  SELECT s.name, s.agent, s.seq, s.shown, s.pending, s.wake_at, s.created_at, s.updated_at, s.damaged,
         g.number AS owner
  FROM sessions s ${OWNER}`;

const FILTERS =
  's.name >= $from AND s.name < $to AND s.updated_at >= $since AND ($agent IS NULL OR s.agent = $agent)';

const IN_BOUNDS = `WHERE s.name > $after AND ${FILTERS}`;

function selectSessions(sql: CatalogReader, { status, after = '', ...filter }: SessionQuery): StoreRow[] {
  const bounds = { ...boundsOf(filter), after };
  if (status === undefined) return sql.sessions.all(bounds);
  return status === 'idle' ? sql.idleSessions.all(bounds) : sql.sessionsByStatus.all({ ...bounds, status });
}

function selectRecent(sql: CatalogReader, { status, before, ...filter }: RecentQuery): StoreRow[] {
  const { updatedAt: at, session: after } = before ?? { updatedAt: Number.MAX_SAFE_INTEGER, session: '' };
  return sql.recentSessions.all({ ...boundsOf(filter), at, after, status: status ?? null });
}

function boundsOf({ prefix = '', agent, since = 0, limit }: Omit<SessionFilter, 'status'>) {
  return { from: prefix, to: `${prefix}\u{10ffff}`, agent: agent ?? null, since, limit };
}

function countByStatus(sql: CatalogReader): Record<SessionStatus, number> {
  const counts = {
    idle: requireInteger(sql.total.get()?.['n']),
    queued: 0,
    running: 0,
    waiting: 0,
    quarantined: 0,
  };
  for (const row of sql.notIdle.all()) {
    const n = requireInteger(row['n']);
    counts[toStatus(row['shown'])] = n;
    counts.idle -= n;
  }
  return counts;
}

/** Converts a row of the store to the type of the port. Throws TypeError when a column holds an unexpected type. */
function toSessionRow(row: StoreRow): SessionRow {
  return {
    session: requireText(row['name']),
    agent: requireText(row['agent']),
    owner: requireIntegerOrNull(row['owner']),
    seq: requireInteger(row['seq']),
    status: toStatus(row['shown']),
    inputs: requireInteger(row['pending']),
    wakeAt: requireIntegerOrNull(row['wake_at']),
    createdAt: requireInteger(row['created_at']),
    updatedAt: requireInteger(row['updated_at']),
    damaged: requireTextOrNull(row['damaged']),
  };
}

/**
 * Parses a stored status. A status that only a newer release knows is shown as quarantined: an operator must
 * look at it.
 */
function toStatus(value: StoreRow[string] | undefined): SessionStatus {
  switch (value) {
    case 'idle':
    case 'queued':
    case 'running':
    case 'waiting':
      return value;
    default:
      return 'quarantined';
  }
}
