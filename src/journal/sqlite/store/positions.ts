import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { requireInteger } from './values.ts';

/** The last event and the last inbox entry of the whole store, over all sessions. */
export interface Positions {
  event: number;
  entry: number;
}

/** Prepares the statement of `readPositions`; it uses indexes, without counting rows. */
export function preparePositions(db: DatabaseSync): StatementSync {
  return db.prepare(`
    SELECT coalesce((SELECT max(position) FROM events), 0) AS event,
           coalesce((SELECT max(entry) FROM inbox), 0) AS entry`);
}

export function readPositions(statement: StatementSync): Positions {
  const row = statement.get();
  return { event: requireInteger(row?.['event']), entry: requireInteger(row?.['entry']) };
}
