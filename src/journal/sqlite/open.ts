import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { StoreFormatError } from '../../errors/errors.ts';
import { StoreUnavailableError } from '../../errors/journal.ts';
import type { Journal } from '../journal.ts';
import { WriteQueue } from './queue.ts';
import { toRefusalError } from './refusals.ts';
import { createApprovals, findStoredApproval, prepareApprovalReader } from './roles/approvals.ts';
import { type BlobFolder, createBlobs } from './roles/blobs.ts';
import { createCatalog } from './roles/catalog.ts';
import { createCursors } from './roles/cursors.ts';
import { createEventLog } from './roles/event-log.ts';
import { fillUsage } from './roles/fill-usage.ts';
import { createInbox } from './roles/inbox.ts';
import { createLeases } from './roles/leases.ts';
import { createOwnership } from './roles/ownership.ts';
import type { Write } from './roles/result.ts';
import { createUsage } from './roles/usage.ts';
import { openConnection } from './store/connection.ts';
import { describeStoreError, isTransient, NOT_A_DATABASE, sqliteCode } from './store/failure.ts';
import { createPrivateFile } from './store/files.ts';
import { latestFormat, migrateStore } from './store/migrate.ts';
import { preparePositions, readPositions } from './store/positions.ts';
import { requireText } from './store/values.ts';
import { createTimeStore } from './time/time-store.ts';
import { ChangeListeners } from './watchers.ts';
import type { WriteOperation } from './write/operation.ts';

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
    return openJournal(path, options, {
      folder: join(dirname(path), 'blobs'),
      onWrite: await loadBlobFault(),
    });
  } catch (error) {
    if (isTransient(error))
      throw new StoreUnavailableError(path, describeStoreError(error), { cause: error });
    throw error;
  }
}

/** Loads the fault injection of blob files, which only tests switch on. */
async function loadBlobFault() {
  if (process.env['MIDTURN_TEST_FAULTS'] !== '1') return undefined;
  const { createBlobFault } = await import('./store/blob-fault.ts');
  return createBlobFault(process.env);
}

function openJournal(path: string, options: SqliteOptions, blobs: BlobFolder): Journal {
  const busyTimeout = options.busyTimeout ?? 5000;
  createPrivateFile(path);
  const db = prepareConnection(path, busyTimeout);
  const watchers = new ChangeListeners();
  const since = readPositions(preparePositions(db));
  const writes = new WriteQueue(
    { path, busyTimeout, since },
    (sessions, foreign) => watchers.notify(sessions, foreign),
    options.onDeath,
  );
  return composeJournal(db, writes, watchers, blobs);
}

/** Puts the roles together: each sends its writes to the writer thread and reads on the connection of this thread. */
function composeJournal(
  db: DatabaseSync,
  writes: WriteQueue,
  watchers: ChangeListeners,
  blobs: BlobFolder,
): Journal {
  const approvals = prepareApprovalReader(db);
  const write: Write<WriteOperation> = async (operation) => {
    const answer = await writes.submit(operation);
    if (answer.done) return answer;
    throw toRefusalError(answer, (id) => findStoredApproval(approvals, id));
  };
  return {
    store: requireText(db.prepare("SELECT value FROM meta WHERE name = 'store'").get()?.['value']),
    ...createEventLog(write, db, (listener) => watchers.addListener(listener)),
    ...createInbox(write, db),
    ...createOwnership(write),
    ...createCatalog(write, db),
    ...createApprovals(write, approvals),
    ...createTimeStore(write, db),
    ...createBlobs(write, db, blobs),
    ...createLeases(write, db),
    ...createCursors(write, db),
    ...createUsage(db),
    async probe() {
      await write({ kind: 'probe' });
    },
    async close() {
      watchers.clear();
      if (db.isOpen) db.close();
      await writes.close();
    },
  };
}

/** Migrates the store to this release's format and returns a connection that can only read. */
function prepareConnection(path: string, busyTimeout: number): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = openConnection(path, busyTimeout);
    migrateStore(db, path);
    fillUsage(db);
    db.exec('PRAGMA query_only = ON');
    return db;
  } catch (error) {
    db?.close();
    if (sqliteCode(error) !== NOT_A_DATABASE) throw error;
    throw new StoreFormatError(path, 'content that is not a SQLite database', latestFormat());
  }
}
