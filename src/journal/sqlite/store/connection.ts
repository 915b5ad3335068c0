import { DatabaseSync } from 'node:sqlite';
import { SqliteTooOldError } from '../../../errors/journal.ts';
import { requireInteger, requireText } from './values.ts';

/**
 * Connections to the store. In SQLite releases before this one, two processes that write and checkpoint at once
 * can corrupt a WAL.
 */
const OLDEST_SQLITE = '3.51.3';

/**
 * Opens the database in WAL mode with an fsync per commit. `busyTimeout` is how long a write waits for another
 * process's transaction, in milliseconds. Throws SqliteTooOldError.
 */
export function openConnection(path: string, busyTimeout: number): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: busyTimeout });
  try {
    requireSqlite(requireText(db.prepare('SELECT sqlite_version() AS v').get()?.['v']));
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    // Checkpoint every 16 MB, because each checkpoint adds two fsyncs to the commit that triggers it.
    db.exec('PRAGMA wal_autocheckpoint = 4000');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Throws SqliteTooOldError when this version of SQLite can corrupt a journal that two processes share. */
export function requireSqlite(found: string): void {
  if (found.localeCompare(OLDEST_SQLITE, 'en', { numeric: true }) < 0) {
    throw new SqliteTooOldError(found, OLDEST_SQLITE);
  }
}

/**
 * Throws when SQLite does not sync each commit. Some builds silently run WAL without these fsyncs; after a
 * write, the settings show it.
 */
export function assertDurable(db: DatabaseSync): void {
  const mode = requireText(db.prepare('PRAGMA journal_mode').get()?.['journal_mode']);
  const synchronous = requireInteger(db.prepare('PRAGMA synchronous').get()?.['synchronous']);
  if (mode !== 'wal' || synchronous !== 2) {
    throw new Error(`SQLite runs with journal_mode=${mode}, synchronous=${synchronous} instead of wal, 2`);
  }
}
