import type { DatabaseSync } from 'node:sqlite';
import { requireInteger, requireIntegerOrNull, requireText } from '../store/values.ts';
import { type WriteResult, writeDone } from './result.ts';

/** Statements that find and create the row of a session, which the writer thread checks before each write. */
export interface SessionStatements {
  sessions: ReturnType<typeof prepareSessionStatements>;
}

/**
 * Joins the generation that owns a session. A generation that has ended owns nothing; one that leaves owns only
 * what it holds.
 */
export const OWNER = `LEFT JOIN generations g
  ON g.number = s.owner AND g.ended_at IS NULL AND (g.left_at IS NULL OR s.held = s.owner)`;

export function prepareSessionStatements(db: DatabaseSync) {
  return {
    find: db.prepare(
      `SELECT s.id, s.seq, s.status, s.pending, g.number AS owner
       FROM sessions s ${OWNER}
       WHERE s.name = ?`,
    ),
    add: db.prepare('INSERT INTO sessions (name, agent, created_at, updated_at) VALUES (?, ?, ?, ?)'),
  };
}

export function findStoredSession({ sessions }: SessionStatements, name: string) {
  const row = sessions.find.get(name);
  if (!row) return undefined;
  return {
    id: requireInteger(row['id']),
    seq: requireInteger(row['seq']),
    status: requireText(row['status']),
    pending: requireInteger(row['pending']),
    owner: requireIntegerOrNull(row['owner']),
  };
}

/** Calls `write` with the row id of a session; refuses when there is no such session. */
export function updateStoredSession(
  sql: SessionStatements,
  name: string,
  write: (id: number) => void,
): WriteResult {
  const session = findStoredSession(sql, name);
  if (!session) return { done: false, refused: 'missing', session: name };
  write(session.id);
  return writeDone();
}
