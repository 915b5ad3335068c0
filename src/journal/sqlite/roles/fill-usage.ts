import type { DatabaseSync } from 'node:sqlite';
import { applyEvent } from '../../../core/evolve.ts';
import { createInitialState } from '../../../core/model/state.ts';
import { deriveModelUse } from '../../../core/usage/usage.ts';
import { requireInteger } from '../store/values.ts';
import { decodeEvent, toStoredEvent } from './records.ts';
import { addUsage, encodeUsage, prepareUsageWriter } from './usage.ts';

/**
 * Fills the usage ledger from the events of releases that had none, once for a store and before this process writes to
 * it. The prices of that time are unknown, so those calls count as unpriced. A session whose events cannot be read
 * counts up to the damage.
 */
export function fillUsage(db: DatabaseSync): void {
  if (isFilled(db)) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have filled it meanwhile.
    if (!isFilled(db)) {
      for (const { id } of db.prepare('SELECT id FROM sessions').all()) fillSession(db, requireInteger(id));
      db.exec("INSERT INTO meta (name, value) VALUES ('usage_filled', '1')");
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function isFilled(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM meta WHERE name = 'usage_filled'").get() !== undefined;
}

function fillSession(db: DatabaseSync, session: number): void {
  const sql = { usage: prepareUsageWriter(db) };
  const events = db.prepare('SELECT seq, at, type, v, body FROM events WHERE session = ? ORDER BY seq');
  let state = createInitialState();
  for (const row of events.iterate(session)) {
    const event = readEvent(row);
    if (!event) return;
    const use = deriveModelUse(state, event);
    if (use) addUsage(sql, session, [encodeUsage({ ...use, cost: null })]);
    state = applyEvent(state, event);
  }
}

function readEvent(row: Parameters<typeof toStoredEvent>[0]) {
  try {
    return decodeEvent(toStoredEvent(row));
  } catch {
    return undefined;
  }
}
