import { DatabaseSync } from 'node:sqlite';
import { SqliteTooOldError } from '../../../errors/journal.ts';
import { integer, text } from './values.ts';

/** Before it, two processes that write and checkpoint at once can corrupt a WAL. */
const OLDEST_SQLITE = '3.51.3';

/** `busyTimeout`: how long a write waits for another process's transaction, in milliseconds. */
export function connect(path: string, busyTimeout: number): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: busyTimeout });
  try {
    requireSqlite(text(db.prepare('SELECT sqlite_version() AS v').get()?.['v']));
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    // 16 MB between checkpoints: each costs two more fsyncs on the way of a commit.
    db.exec('PRAGMA wal_autocheckpoint = 4000');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Throws SqliteTooOldError. */
export function requireSqlite(found: string): void {
  if (found.localeCompare(OLDEST_SQLITE, 'en', { numeric: true }) < 0) {
    throw new SqliteTooOldError(found, OLDEST_SQLITE);
  }
}

/** Some builds run WAL without an fsync per commit and say nothing; asked after a write, they cannot hide it. */
export function assertDurable(db: DatabaseSync): void {
  const mode = text(db.prepare('PRAGMA journal_mode').get()?.['journal_mode']);
  const synchronous = integer(db.prepare('PRAGMA synchronous').get()?.['synchronous']);
  if (mode !== 'wal' || synchronous !== 2) {
    throw new Error(`SQLite runs with journal_mode=${mode}, synchronous=${synchronous} instead of wal, 2`);
  }
}
