import { ExitCode, MidturnError } from './errors.ts';

/**
 * Reports that the journal cannot be opened now: the disk is full or fails, or another process holds the store. A
 * later attempt may succeed.
 */
export class StoreUnavailableError extends MidturnError {
  readonly code = 'store_unavailable';
  readonly status = 503;
  override readonly exitCode = ExitCode.tryAgain;
  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`The journal ${path} cannot be opened (${why}). Free space or fix the disk.`, options);
  }
}

/** Refuses a Node whose SQLite can corrupt a store that two processes use at the same time. */
export class SqliteTooOldError extends MidturnError {
  readonly code = 'sqlite_too_old';
  readonly status = 500;
  override readonly exitCode = ExitCode.config;
  constructor(found: string, needed: string) {
    super(
      `This Node (${process.version}) has SQLite ${found}, which can corrupt a journal that two processes write. ` +
        `Midturn needs SQLite ${needed} or newer: use a newer Node.`,
    );
  }
}
