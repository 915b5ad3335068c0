import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AlreadyRunningError } from '../errors/supervisor.ts';

export interface Lock {
  /** Releases the lock for other processes; further calls have no effect. */
  release(): void;
}

const BUSY = 5;

/** Keeps the open databases referenced: one that is garbage collected is closed, and its lock is released with it. */
const HELD = new Set<DatabaseSync>();

/**
 * Acquires the lock at `path`, or throws AlreadyRunningError at once. The lock is an open write transaction on a
 * SQLite file: a file lock of the system, which ends with the process, however it ends. Other processes can still
 * read the file and find the pid of the holder in it. Nothing in this process may open the file by other means,
 * because closing any descriptor of it would drop the lock.
 */
export function acquireLock(path: string): Lock {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    chmodSync(path, 0o600);
    db.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${process.pid}; COMMIT`);
    // Another process may take the lock between these two statements and then owns it.
    db.exec('BEGIN IMMEDIATE');
  } catch (error) {
    const holder = isBusy(error) ? new AlreadyRunningError(path, holderOf(db)) : error;
    db.close();
    throw holder;
  }
  HELD.add(db);
  return {
    release() {
      HELD.delete(db);
      if (db.isOpen) db.close();
    },
  };
}

function holderOf(db: DatabaseSync): number | undefined {
  try {
    const pid = db.prepare('PRAGMA user_version').get()?.['user_version'];
    return typeof pid === 'number' && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === BUSY;
}
