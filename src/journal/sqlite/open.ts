import type { DatabaseSync } from 'node:sqlite';
import { StoreFormatError } from '../../errors/errors.ts';
import { StoreUnavailableError } from '../../errors/journal.ts';
import type { Journal } from '../journal.ts';
import { WriteQueue } from './queue.ts';
import { SqliteReader } from './read/reader.ts';
import { TimeReader } from './read/time-reader.ts';
import { SqliteJournal } from './sqlite.ts';
import { openConnection } from './store/connection.ts';
import { describeStoreError, isTransient, NOT_A_DATABASE, sqliteCode } from './store/failure.ts';
import { createPrivateFile } from './store/files.ts';
import { latestFormat, migrateStore } from './store/migrate.ts';
import { ChangeListeners } from './watchers.ts';

/** Options for opening a journal on SQLite; each has a default. */
export interface SqliteOptions {
  /** Milliseconds that a write waits for another process's transaction before it is refused. Default 5000. */
  busyTimeout?: number;
  /**
   * Called when the writer thread has ended although the journal was not closed. The journal takes no more
   * writes.
   */
  onDeath?(error: Error): void;
}

/**
 * Opens the journal at `path`, and creates it when there is none. Rejects with StoreFormatError (newer, or not
 * a journal), SqliteTooOldError, StoreUnavailableError (try again later), and with SQLite's own error for a
 * damaged store. The caller must `close` it, which ends the writer thread.
 */
export async function openSqliteJournal(path: string, options: SqliteOptions = {}): Promise<Journal> {
  try {
    return openJournal(path, options);
  } catch (error) {
    if (isTransient(error))
      throw new StoreUnavailableError(path, describeStoreError(error), { cause: error });
    throw error;
  }
}

function openJournal(path: string, options: SqliteOptions): Journal {
  const busyTimeout = options.busyTimeout ?? 5000;
  createPrivateFile(path);
  const db = prepareConnection(path, busyTimeout);
  const reader = new SqliteReader(db);
  const watchers = new ChangeListeners();
  const since = reader.readPositions();
  const writes = new WriteQueue(
    { path, busyTimeout, since },
    (sessions, foreign) => watchers.notify(sessions, foreign),
    options.onDeath,
  );
  return new SqliteJournal(writes, reader, new TimeReader(db), watchers);
}

/** Migrates the store to this release's format and returns a connection that can only read. */
function prepareConnection(path: string, busyTimeout: number): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = openConnection(path, busyTimeout);
    migrateStore(db, path);
    db.exec('PRAGMA query_only = ON');
    return db;
  } catch (error) {
    db?.close();
    if (sqliteCode(error) !== NOT_A_DATABASE) throw error;
    throw new StoreFormatError(path, 'content that is not a SQLite database', latestFormat());
  }
}
