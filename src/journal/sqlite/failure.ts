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

/** Whether an error is about the store rather than about one operation. */
export function isUnavailable(error: unknown): boolean {
  return UNAVAILABLE.has(sqliteCode(error) ?? -1);
}

/** A failure in a few words, for the caller. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'errstr' in error && typeof error.errstr === 'string' ? error.errstr : error.message;
}
