import { requireInteger, requireIntegerOrNull, requireText } from '../store/values.ts';
import type { DeliverOperation } from './delivery.ts';
import type { WriteDone, WriteResult } from './operation.ts';
import type { WriterStatements } from './statements.ts';

/**
 * Stores an input, and its session if new, inside the open transaction; refuses it when its approval is no
 * longer open.
 */
export function executeDeliver(sql: WriterStatements, operation: DeliverOperation): WriteResult {
  const { session, agent, input, at, v, body, decides } = operation;
  const found = findStoredSession(sql, session);
  // A result or a cancel must not create a session.
  if (!found && agent === '') return { done: false, refused: 'missing' };
  const id = found?.id ?? Number(sql.addSession.run(session, agent, at, at).lastInsertRowid);
  const seq = found?.seq ?? 0;
  const first = found && sql.findInput.get(id, input);
  if (first) return { done: true, value: requireInteger(first['seq']), duplicate: true };
  if (decides !== null && !sql.isOpen.get(decides, id, at)) {
    return { done: false, refused: 'closed', approval: decides };
  }
  sql.addInput.run(id, input, seq, at, v, body);
  sql.addPending.run(at, id);
  return writeDone(seq);
}

export function findStoredSession(sql: WriterStatements, name: string) {
  const row = sql.findSession.get(name);
  if (!row) return undefined;
  return {
    id: requireInteger(row['id']),
    seq: requireInteger(row['seq']),
    status: requireText(row['status']),
    pending: requireInteger(row['pending']),
    owner: requireIntegerOrNull(row['owner']),
  };
}

export function writeDone(value: number): WriteDone {
  return { done: true, value, duplicate: false };
}

/** Returns the result of an operation that changed nothing, because it had been done before or had nothing to do. */
export function nothingWritten(value = 0): WriteDone {
  return { done: true, value, duplicate: true };
}
