import type { DatabaseSync } from 'node:sqlite';
import { OWNER, POSITIONS } from './queries.ts';
import { prepareTimeStatements } from './time-statements.ts';

export type WriterStatements = ReturnType<typeof prepareWriterStatements>;

/** Prepares every SQL statement of the writer thread once, on the only connection that writes. */
export function prepareWriterStatements(db: DatabaseSync) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    findSession: db.prepare(
      `SELECT s.id, s.seq, s.status, s.pending, g.number AS owner
       FROM sessions s ${OWNER}
       WHERE s.name = ?`,
    ),
    addSession: db.prepare('INSERT INTO sessions (name, agent, created_at, updated_at) VALUES (?, ?, ?, ?)'),
    addEvent: db.prepare('INSERT INTO events (session, seq, at, type, v, body) VALUES (?, ?, ?, ?, ?, ?)'),
    // Leaves `status` out, so that SQLite updates no index.
    advance: db.prepare(
      'UPDATE sessions SET seq = ?, wake_at = ?, updated_at = coalesce(?, updated_at) WHERE id = ?',
    ),
    settle: db.prepare(
      `UPDATE sessions SET seq = ?, wake_at = ?, updated_at = coalesce(?, updated_at), status = ?, pending = pending - ?
       WHERE id = ?`,
    ),
    findInput: db.prepare('SELECT seq FROM inbox WHERE session = ? AND input = ?'),
    isOpen: db.prepare(
      `SELECT 1 FROM approvals WHERE id = ? AND session = ? AND state = 'pending' AND expires_at > ?`,
    ),
    findUnread: db.prepare(
      `SELECT 1 FROM inbox
       WHERE session = ? AND body IS NOT NULL AND body ->> '$.input.kind' IN ('cancel', 'approval')
         AND entry NOT IN (SELECT value FROM json_each(?))`,
    ),
    addInput: db.prepare('INSERT INTO inbox (session, input, seq, at, v, body) VALUES (?, ?, ?, ?, ?, ?)'),
    addPending: db.prepare('UPDATE sessions SET pending = pending + 1, updated_at = ? WHERE id = ?'),
    consume: db.prepare('UPDATE inbox SET body = NULL WHERE entry = ? AND session = ? AND body IS NOT NULL'),
    openGeneration: db.prepare('INSERT INTO generations (version, pid, started_at) VALUES (?, ?, ?)'),
    closeGeneration: db.prepare('UPDATE generations SET ended_at = ? WHERE number = ? AND ended_at IS NULL'),
    endEarlier: db.prepare(
      `UPDATE generations SET ended_at = ?
       WHERE ended_at IS NULL AND number < ? AND number NOT IN (SELECT value FROM json_each(?))`,
    ),
    leave: db.prepare('UPDATE generations SET left_at = ? WHERE number = ? AND left_at IS NULL'),
    hold: db.prepare('UPDATE sessions SET held = owner WHERE name = ? AND owner = ?'),
    mayClaim: db.prepare(
      'SELECT 1 FROM generations WHERE number = ? AND ended_at IS NULL AND left_at IS NULL',
    ),
    claim: db.prepare('UPDATE sessions SET owner = ?, held = NULL WHERE id = ?'),
    release: db.prepare('UPDATE sessions SET owner = NULL, held = NULL WHERE id = ?'),
    saveSnapshot: db.prepare(
      `INSERT INTO snapshots (session, seq, format, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (session) DO UPDATE SET seq = excluded.seq, format = excluded.format, body = excluded.body
       WHERE excluded.seq >= seq`,
    ),
    putApproval: db.prepare(
      `INSERT INTO approvals (id, session, state, requested_at, expires_at, resolved_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, resolved_at = excluded.resolved_at, body = excluded.body`,
    ),
    addGrant: db.prepare(
      `INSERT INTO grants (agent, rule, granted_at, granted_by) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    addSessionGrant: db.prepare(
      `INSERT INTO session_grants (session, rule, granted_at, granted_by) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    revoke: db.prepare('DELETE FROM grants WHERE agent = ? AND rule = ?'),
    revokeOfSession: db.prepare(
      `DELETE FROM session_grants
       WHERE rule = ? AND session = (SELECT id FROM sessions WHERE name = ? AND agent = ?)`,
    ),
    markDamaged: db.prepare('UPDATE sessions SET damaged = ? WHERE id = ?'),
    putBlob: db.prepare(
      'INSERT INTO blobs (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data',
    ),
    probe: db.prepare(
      `INSERT INTO meta (name, value) VALUES ('probed', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    ),
    dataVersion: db.prepare('PRAGMA data_version'),
    positions: db.prepare(POSITIONS),
    time: prepareTimeStatements(db),
    changedBetween: db.prepare(
      `SELECT name FROM sessions WHERE id IN (
         SELECT session FROM events WHERE position > ? AND position <= ?
         UNION SELECT session FROM inbox WHERE entry > ? AND entry <= ?)`,
    ),
  };
}
