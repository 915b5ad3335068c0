import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AlreadyRunningError } from '../errors/lock.ts';

export interface Lock {
  /** Lets others have it; harmless when called again. */
  release(): void;
}

const BUSY = 5;

/** A database that nobody refers to is closed, and its lock with it. */
const HELD = new Set<DatabaseSync>();

/**
 * Takes the lock at `path`, or throws AlreadyRunningError at once. It is held by an open write transaction on a SQLite
 * file: the system's own file lock, which ends with the process however that ends. Others may still read the file, and
 * find the holder's pid in it. Nothing in this process may open the file by other means: closing any descriptor of it
 * would drop the lock.
 */
export function acquireLock(path: string): Lock {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    chmodSync(path, 0o600);
    db.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${process.pid}; COMMIT`);
    // Somebody may be faster between these two; then it is their lock.
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
