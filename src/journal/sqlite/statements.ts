import type { DatabaseSync } from 'node:sqlite';
import { POSITIONS } from './queries.ts';
import { prepareTime } from './time/statements.ts';

export type WriterStatements = ReturnType<typeof prepareWriter>;

/** Every statement of the writer thread, prepared once. */
export function prepareWriter(db: DatabaseSync) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    findSession: db.prepare(
      `SELECT s.id, s.seq, s.status, s.pending, g.number AS owner
       FROM sessions s LEFT JOIN generations g ON g.number = s.owner AND g.ended_at IS NULL
       WHERE s.name = ?`,
    ),
    addSession: db.prepare('INSERT INTO sessions (name, agent, created_at, updated_at) VALUES (?, ?, ?, ?)'),
    addEvent: db.prepare('INSERT INTO events (session, seq, at, type, v, body) VALUES (?, ?, ?, ?, ?, ?)'),
    // Without `status`, no index has to be written.
    advance: db.prepare(
      'UPDATE sessions SET seq = ?, wake_at = ?, updated_at = coalesce(?, updated_at) WHERE id = ?',
    ),
    settle: db.prepare(
      `UPDATE sessions SET seq = ?, wake_at = ?, updated_at = coalesce(?, updated_at), status = ?, pending = pending - ?
       WHERE id = ?`,
    ),
    findInput: db.prepare('SELECT seq FROM inbox WHERE session = ? AND input = ?'),
    addInput: db.prepare('INSERT INTO inbox (session, input, seq, at, v, body) VALUES (?, ?, ?, ?, ?, ?)'),
    addPending: db.prepare('UPDATE sessions SET pending = pending + 1, updated_at = ? WHERE id = ?'),
    consume: db.prepare('UPDATE inbox SET body = NULL WHERE entry = ? AND session = ? AND body IS NOT NULL'),
    openGeneration: db.prepare('INSERT INTO generations (version, pid, started_at) VALUES (?, ?, ?)'),
    closeGeneration: db.prepare('UPDATE generations SET ended_at = ? WHERE number = ? AND ended_at IS NULL'),
    isOpen: db.prepare('SELECT 1 FROM generations WHERE number = ? AND ended_at IS NULL'),
    claim: db.prepare('UPDATE sessions SET owner = ? WHERE id = ?'),
    saveSnapshot: db.prepare(
      `INSERT INTO snapshots (session, seq, format, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (session) DO UPDATE SET seq = excluded.seq, format = excluded.format, body = excluded.body
       WHERE excluded.seq >= seq`,
    ),
    markDamaged: db.prepare('UPDATE sessions SET damaged = ? WHERE id = ?'),
    putBlob: db.prepare(
      'INSERT INTO blobs (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data',
    ),
    dataVersion: db.prepare('PRAGMA data_version'),
    positions: db.prepare(POSITIONS),
    time: prepareTime(db),
    changedBetween: db.prepare(
      `SELECT name FROM sessions WHERE id IN (
         SELECT session FROM events WHERE position > ? AND position <= ?
         UNION SELECT session FROM inbox WHERE entry > ? AND entry <= ?)`,
    ),
  };
}
