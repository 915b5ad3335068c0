import type { DatabaseSync } from 'node:sqlite';
import type { Cursors } from '../../cursors.ts';
import type { HeldLease } from '../../leases.ts';
import { requireInteger } from '../store/values.ts';
import { type DeliverOperation, type InboxStatements, sendInputs, toDeliverOperation } from './inbox.ts';
import { checkLease, type LeaseStatements } from './leases.ts';
import { nothingWritten, type Write, type WriteResult, writeDone } from './result.ts';

/** Message to the writer thread: move a cursor and store these inputs. */
export interface CursorOperation {
  kind: 'advance_cursor';
  consumer: string;
  position: number;
  send: readonly DeliverOperation[];
  lease: HeldLease | null;
}

export interface CursorStatements extends InboxStatements, LeaseStatements {
  cursors: ReturnType<typeof prepareCursorWriter>;
}

export function createCursors(write: Write<CursorOperation>, db: DatabaseSync): Cursors {
  const cursor = db.prepare(CURSOR);
  return {
    readCursor: async (consumer) => requireInteger(cursor.get(consumer)?.['position'] ?? 0),
    async advanceCursor({ consumer, position, send = [], lease = null }) {
      const inputs = send.map(toDeliverOperation);
      const operation = { kind: 'advance_cursor', consumer, position, send: inputs, lease } as const;
      return !(await write(operation)).duplicate;
    },
  };
}

const CURSOR = 'SELECT position FROM cursors WHERE consumer = ?';

export function prepareCursorWriter(db: DatabaseSync) {
  return {
    find: db.prepare(CURSOR),
    advance: db.prepare(
      `INSERT INTO cursors (consumer, position) VALUES (?, ?)
       ON CONFLICT (consumer) DO UPDATE SET position = excluded.position`,
    ),
  };
}

/** Moves a cursor inside the open transaction; the result's value is the number of inputs that it stored. */
export function executeAdvance(sql: CursorStatements, operation: CursorOperation): WriteResult {
  const { consumer, position, send, lease } = operation;
  const refusal = lease && checkLease(sql, lease);
  if (refusal) return refusal;
  if (requireInteger(sql.cursors.find.get(consumer)?.['position'] ?? 0) >= position) return nothingWritten();
  sql.cursors.advance.run(consumer, position);
  return writeDone(sendInputs(sql, send));
}
