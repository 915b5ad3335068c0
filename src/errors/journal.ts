import { ExitCode, MidturnError } from './errors.ts';

/** There is no space, the disk fails, or somebody else holds the store: it may well open later. */
export class StoreUnavailableError extends MidturnError {
  readonly code = 'store_unavailable';
  readonly status = 503;
  override readonly exitCode = ExitCode.tryAgain;
  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`The journal ${path} cannot be opened (${why}). Free space or mend the disk.`, options);
  }
}

/** The SQLite inside this Node can corrupt a store that two processes use at once. */
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
