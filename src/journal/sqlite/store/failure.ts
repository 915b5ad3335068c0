/** Primary SQLite result codes for "the store cannot be written now", whoever asks and whatever is written. */
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

/** BUSY, LOCKED, READONLY, FULL. */
const STOPPED_BEFORE = new Set([5, 6, 8, 13]);

export const CORRUPT = 11;
export const NOT_A_DATABASE = 26;

/** Whether it is about the store, and may be over when there is space, or whoever holds the store has let go. */
export function mayPass(error: unknown): boolean {
  const code = sqliteCode(error);
  return isUnavailable(error) && code !== CORRUPT && code !== NOT_A_DATABASE;
}

/** The primary result code of an error that SQLite threw. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/**
 * Whether a commit that failed with this error may be found again after a crash. A full disk, a lock or a read-only file
 * stops it before its last frame, which makes it count; after any other error that frame may be in the file.
 */
export function mayHaveReachedFile(error: unknown): boolean {
  return !STOPPED_BEFORE.has(sqliteCode(error) ?? -1);
}

/** Whether an error is about the store rather than about one operation. */
export function isUnavailable(error: unknown): boolean {
  return UNAVAILABLE.has(sqliteCode(error) ?? -1);
}

/** A failure in a few words, for the caller. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'errstr' in error && typeof error.errstr === 'string' ? error.errstr : error.message;
}
