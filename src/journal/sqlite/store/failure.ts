/**
 * Classifies errors of SQLite. These primary result codes mean that the store cannot be read or written now,
 * whatever the operation.
 */
const UNAVAILABLE = new Set([
  5, // BUSY
  6, // LOCKED
  7, // NOMEM
  8, // READONLY
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
  15, // PROTOCOL
  26, // NOTADB
]);

/** Result codes BUSY, LOCKED, READONLY and FULL: SQLite reports them before the last frame of a commit is written. */
const STOPPED_BEFORE = new Set([5, 6, 8, 13]);

export const CORRUPT = 11;
export const NOT_A_DATABASE = 26;

/**
 * Checks whether the store is only unavailable for now: the error may go away when there is space again or
 * another process releases its lock.
 */
export function isTransient(error: unknown): boolean {
  const code = sqliteCode(error);
  return isUnavailable(error) && code !== CORRUPT && code !== NOT_A_DATABASE;
}

/** Returns the primary result code of an error that SQLite threw; `undefined` for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/**
 * Checks whether a commit that failed with this error may reappear after a crash. A full disk, a lock or a
 * read-only file stops it before its last frame, which is the one that makes it valid; after any other error
 * that frame may be in the file.
 */
export function mayHaveReachedFile(error: unknown): boolean {
  return !STOPPED_BEFORE.has(sqliteCode(error) ?? -1);
}

/** Checks whether an error concerns the whole store rather than one operation. */
export function isUnavailable(error: unknown): boolean {
  return UNAVAILABLE.has(sqliteCode(error) ?? -1);
}

/**
 * Returns a failure in a few words, for the caller; SQLite's short description of the result code when it has
 * one.
 */
export function describeStoreError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'errstr' in error && typeof error.errstr === 'string' ? error.errstr : error.message;
}
