import type { DatabaseSync } from 'node:sqlite';

export type ReaderStatements = ReturnType<typeof prepareReaderStatements>;

/** Prepares every SQL statement of the main thread once. The statements only read. */
export function prepareReaderStatements(db: DatabaseSync) {
  return {
    begin: db.prepare('BEGIN'),
    end: db.prepare('COMMIT'),
    store: db.prepare("SELECT value FROM meta WHERE name = 'store'"),
    positions: db.prepare(POSITIONS),
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
    inbox: db.prepare(
      `SELECT i.entry, i.at, i.v, i.body, s.agent FROM sessions s JOIN inbox i ON i.session = s.id
       WHERE s.name = ? AND i.body IS NOT NULL ORDER BY i.entry`,
    ),
    events: db.prepare(
      `SELECT seq, at, type, v, body FROM events
       WHERE session = (SELECT id FROM sessions WHERE name = ?) AND seq > ? ORDER BY seq LIMIT ?`,
    ),
    snapshot: db.prepare(
      `SELECT format, body FROM snapshots
       WHERE session = (SELECT id FROM sessions WHERE name = ?) AND seq <= ?`,
    ),
    approvals: db.prepare(
      `${APPROVAL} WHERE ($state IS NULL OR state = $state) ORDER BY requested_at DESC, id DESC LIMIT $limit`,
    ),
    pendingApprovals: db.prepare(
      `${APPROVAL} WHERE state = 'pending' ORDER BY requested_at DESC, id DESC LIMIT $limit`,
    ),
    approvalsOfSession: db.prepare(
      `${APPROVAL} WHERE session = (SELECT id FROM sessions WHERE name = $session)
         AND ($state IS NULL OR state = $state)
       ORDER BY requested_at DESC, id DESC LIMIT $limit`,
    ),
    approval: db.prepare(`${APPROVAL} WHERE id = ?`),
    grants: db.prepare(
      `SELECT agent, NULL AS session, rule, granted_at, granted_by FROM grants
       UNION ALL
       SELECT s.agent, s.name, g.rule, g.granted_at, g.granted_by
       FROM session_grants g JOIN sessions s ON s.id = g.session
       ORDER BY agent, session, rule`,
    ),
    granted: db.prepare(
      `SELECT rule FROM grants WHERE agent = $agent
       UNION ALL
       SELECT rule FROM session_grants WHERE session = (SELECT id FROM sessions WHERE name = $session)`,
    ),
    blob: db.prepare("SELECT coalesce(substr(data, ?, ?), x'') AS data FROM blobs WHERE id = ?"),
  };
}

/** Selects the last event and the last inbox entry of the store; uses indexes, without counting rows. */
export const POSITIONS = `
  SELECT coalesce((SELECT max(position) FROM events), 0) AS event,
         coalesce((SELECT max(entry) FROM inbox), 0) AS entry`;

/**
 * Joins the generation that owns a session. A generation that has ended owns nothing; one that leaves owns only
 * what it holds.
 */
export const OWNER = `LEFT JOIN generations g
  ON g.number = s.owner AND g.ended_at IS NULL AND (g.left_at IS NULL OR s.held = s.owner)`;

const LISTED = `
  SELECT s.name, s.agent, s.seq, s.shown, s.pending, s.wake_at, s.created_at, s.updated_at, s.damaged,
         g.number AS owner
  FROM sessions s ${OWNER}`;

const APPROVAL = 'SELECT state, requested_at, expires_at, resolved_at, body FROM approvals';

const FILTERS =
  's.name >= $from AND s.name < $to AND s.updated_at >= $since AND ($agent IS NULL OR s.agent = $agent)';

const IN_BOUNDS = `WHERE s.name > $after AND ${FILTERS}`;
