import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StoreFormatError } from '../../../errors/errors.ts';
import { resolveResource } from '../../../util/entry.ts';
import { requireInteger } from './values.ts';

/** Migrations of the store. This id marks a SQLite file as a Midturn journal ("mdtn"). */
const APPLICATION_ID = 0x6d64746e;

const FOLDER = resolveResource('journal/sqlite/store/migrations/');

/**
 * Brings the store to this release's format, or to an earlier one in tests. A format's number is the number of
 * its last migration. Throws StoreFormatError for a newer format and for a file that is not a journal.
 */
export function migrateStore(db: DatabaseSync, path: string, to = latestFormat()): void {
  const migrations = migrationNames().slice(0, to);
  if (formatOf(db, path, migrations.length) === migrations.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have migrated meanwhile.
    const format = formatOf(db, path, migrations.length);
    for (const name of migrations.slice(format)) db.exec(readFileSync(new URL(name, FOLDER), 'utf8'));
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Returns the number of the format that this release writes. */
export function latestFormat(): number {
  return migrationNames().length;
}

function migrationNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .sort();
}

function formatOf(db: DatabaseSync, path: string, supported: number): number {
  const format = readPragma(db, 'user_version');
  const tables = requireInteger(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']);
  const ours = readPragma(db, 'application_id') === APPLICATION_ID || (tables === 0 && format === 0);
  if (!ours) throw new StoreFormatError(path, 'tables that are not a Midturn journal', supported);
  if (format > supported) throw new StoreFormatError(path, `format ${format}`, supported);
  return format;
}

function readPragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return requireInteger(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
