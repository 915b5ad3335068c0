import { ExitCode, MidturnError } from './errors.ts';

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
