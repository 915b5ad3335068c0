import type { GrantKey } from '../../approvals.ts';
import { executeDeliver, findStoredSession, writeDone } from './deliver.ts';
import type { AppendOperation, WriteDone, WriteOperation, WriteRefused, WriteResult } from './operation.ts';
import type { WriterStatements } from './statements.ts';
import { executeTime } from './time-execute.ts';

const DONE: WriteDone = { done: true, value: 0, duplicate: false };
const MISSING: WriteRefused = { done: false, refused: 'missing' };

/**
 * Performs one operation inside the open transaction. Checks everything before it writes, so that a refusal
 * needs no savepoint. Throws only what SQLite throws.
 */
export function executeOperation(sql: WriterStatements, operation: WriteOperation): WriteResult {
  switch (operation.kind) {
    case 'append':
      return executeAppend(sql, operation);
    case 'deliver':
      return executeDeliver(sql, operation);
    case 'claim':
      return executeClaim(sql, operation);
    case 'open_generation': {
      const { lastInsertRowid } = sql.openGeneration.run(operation.version, operation.pid, Date.now());
      return writeDone(Number(lastInsertRowid));
    }
    case 'close_generation':
      sql.closeGeneration.run(Date.now(), operation.generation);
      return DONE;
    case 'end_earlier':
      sql.endEarlier.run(Date.now(), operation.generation, JSON.stringify(operation.alive));
      return DONE;
    case 'leave':
      sql.leave.run(Date.now(), operation.generation);
      for (const session of operation.keep) sql.hold.run(session, operation.generation);
      return DONE;
    case 'snapshot':
      return updateSession(sql, operation.session, (id) =>
        sql.saveSnapshot.run(id, operation.seq, operation.format, operation.body),
      );
    case 'damaged':
      return updateSession(sql, operation.session, (id) => sql.markDamaged.run(operation.reason, id));
    case 'revoke':
      return writeDone(executeRevoke(sql, operation));
    case 'blob':
      sql.putBlob.run(operation.id, operation.data);
      return DONE;
    case 'probe':
      sql.probe.run(String(Date.now()));
      return DONE;
    default:
      return executeTime(sql, operation);
  }
}

function executeAppend(sql: WriterStatements, operation: AppendOperation): WriteResult {
  const session = findStoredSession(sql, operation.session);
  if (!session) return MISSING;
  const { id, seq, owner } = session;
  if (owner !== operation.generation) return { done: false, refused: 'fenced', owner };
  if ((operation.expected ?? seq) !== seq) return { done: false, refused: 'conflict', actual: seq };
  // The counter shows without reading the inbox whether any input is unread.
  const unread = operation.yields && session.pending > operation.consumed.length;
  if (unread && sql.findUnread.get(id, JSON.stringify(operation.consumed))) {
    return { done: false, refused: 'unread' };
  }
  let last = seq;
  let updated: number | null = null;
  for (const [at, type, v, body] of operation.events) {
    last += 1;
    updated = at;
    sql.addEvent.run(id, last, at, type, v, body);
  }
  let consumed = 0;
  for (const entry of operation.consumed) consumed += Number(sql.consume.run(entry, id).changes);
  const { status, wakeAt } = operation;
  if (consumed === 0 && status === session.status) sql.advance.run(last, wakeAt, updated, id);
  else sql.settle.run(last, wakeAt, updated, status, consumed, id);
  if (operation.release) sql.release.run(id);
  return writeDone(writeAlongside(sql, operation, id));
}

function executeRevoke(sql: WriterStatements, { agent, session, rule }: GrantKey): number {
  const { changes } =
    session === null ? sql.revoke.run(agent, rule) : sql.revokeOfSession.run(rule, session, agent);
  return Number(changes);
}

/** Writes what an append commits besides the session; returns the number of inputs that it stored. */
function writeAlongside(sql: WriterStatements, operation: AppendOperation, session: number): number {
  for (const [id, state, requested, expires, resolved, body] of operation.approvals) {
    sql.putApproval.run(id, session, state, requested, expires, resolved, body);
  }
  for (const { agent, session: only, rule, at, from } of operation.grants) {
    if (only === null) sql.addGrant.run(agent, rule, at, from);
    else sql.addSessionGrant.run(session, rule, at, from);
  }
  let stored = 0;
  for (const input of operation.send) {
    const answer = executeDeliver(sql, input);
    if (answer.done && !answer.duplicate) stored += 1;
  }
  return stored;
}

function executeClaim(
  sql: WriterStatements,
  operation: Extract<WriteOperation, { kind: 'claim' }>,
): WriteResult {
  const { generation } = operation;
  const session = findStoredSession(sql, operation.session);
  if (!session) return MISSING;
  const { id, owner } = session;
  const taken = owner !== null && owner !== generation;
  if (taken || !sql.mayClaim.get(generation)) return { done: false, refused: 'fenced', owner };
  if (owner === null) sql.claim.run(generation, id);
  return DONE;
}

function updateSession(sql: WriterStatements, name: string, write: (id: number) => void): WriteResult {
  const session = findStoredSession(sql, name);
  if (!session) return MISSING;
  write(session.id);
  return DONE;
}
