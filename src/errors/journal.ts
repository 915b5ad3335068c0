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

/**
 * Refuses an operation of a generation that does not hold the lease it needs, because another one holds it or because
 * this one has ended or left; the generation must stop the work that the lease protects.
 */
export class LeaseNotHeldError extends MidturnError {
  readonly code = 'lease_not_held';
  readonly status = 409;
  constructor(name: string, generation: number, holder: number | null) {
    super(`Generation ${generation} does not hold the lease "${name}" (holder: ${holder ?? 'none'}).`);
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
