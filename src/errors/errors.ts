/**
 * Base class of every error that a user or a client can see. A subclass owns its stable `code`, its HTTP status and
 * its exit code, and builds its message from data: what happened, with which value, why, and what to do next.
 * `message` is for the caller; details that only the operator may see go to `cause`.
 */
export abstract class MidturnError extends Error {
  abstract readonly code: string;
  abstract readonly status: number;
  readonly exitCode: number = ExitCode.failed;
  /** Additional members of the problem document, for programs; they must be JSON. */
  readonly details: Record<string, unknown> = {};

  override get name(): string {
    return this.constructor.name;
  }
}

/** Exit codes of the command line; part of the public interface. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  notRunning: 3,
  conflict: 4,
  tryAgain: 75,
  config: 78,
} as const;

interface WriteFailure extends ErrorOptions {
  /** The store is damaged, so a later attempt will fail as well. */
  damaged?: boolean;
  /**
   * The write had already reached the file when it failed, for example in its fsync, so a crash may make it visible
   * again.
   */
  uncertain?: boolean;
}

/**
 * Reports that the journal could not make a write durable. Nothing of the write was kept, unless the failure is
 * uncertain; in that case, only the same write with the same id is safe to repeat.
 */
export class JournalUnavailableError extends MidturnError {
  readonly code = 'journal_unavailable';
  readonly status = 503;
  override readonly exitCode: number;
  override readonly details: { accepted: false | 'unknown' };
  constructor(why: string, { damaged = false, uncertain = false, ...options }: WriteFailure = {}) {
    super(
      uncertain
        ? `The journal cannot be written (${why}). This may or may not have been accepted; fix the disk and send it again with the same id.`
        : `The journal cannot be written (${why}). Nothing was accepted; free space or fix the disk and send it again.`,
      options,
    );
    this.details = { accepted: uncertain ? 'unknown' : false };
    this.exitCode = damaged ? ExitCode.failed : ExitCode.tryAgain;
  }
}

/** Refuses an append because another generation owns the session. The caller must stop working on that session. */
export class FencedError extends MidturnError {
  readonly code = 'fenced';
  readonly status = 409;
  constructor(session: string, generation: number, owner: number | null) {
    super(`Generation ${generation} does not own session "${session}" (owner: ${owner ?? 'none'}).`);
  }
}

/**
 * Refuses an append because the journal of the session has a different length than the writer expected; the writer
 * must load it again.
 */
export class JournalConflictError extends MidturnError {
  readonly code = 'journal_conflict';
  readonly status = 409;
  constructor(session: string, expected: number, actual: number) {
    super(`Session "${session}" is at event ${actual}, not at ${expected} as expected.`);
  }
}

/**
 * Refuses an append that ends a wait, because the inbox has an input that was durable before it and may decide
 * otherwise. The caller must read the inbox and decide again.
 */
export class UnreadInputError extends MidturnError {
  readonly code = 'unread_input';
  readonly status = 409;
  constructor(session: string) {
    super(`Session "${session}" has an input that must be read before its turn or its question ends.`);
  }
}

/** Reports that the journal has no session with this id; HTTP 404. */
export class SessionNotFoundError extends MidturnError {
  readonly code = 'session_not_found';
  readonly status = 404;
  constructor(session: string) {
    super(`There is no session "${session}". \`midturn sessions ls\` lists them.`);
  }
}

/** Reports that a record of the session cannot be read. The session is set aside; all other sessions continue. */
export class DamagedSessionError extends MidturnError {
  readonly code = 'session_damaged';
  readonly status = 409;
  readonly reason: string;
  constructor(session: string, reason: string) {
    super(
      `Session "${session}" cannot continue: ${reason}. Its journal is kept; \`midturn sessions export ${session}\` writes all that can be read.`,
    );
    this.reason = reason;
  }
}

/**
 * Reports a store that was written by a newer release or by another program; it is not opened, so that it cannot be
 * damaged.
 */
export class StoreFormatError extends MidturnError {
  readonly code = 'store_format';
  readonly status = 500;
  override readonly exitCode = ExitCode.config;
  constructor(path: string, found: string, supported: number) {
    super(
      `${path} has ${found}; this release reads formats up to ${supported}. Run the release that wrote it, or a newer one.`,
    );
  }
}

/** What a thrown value says: the message of an error, or the value as text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Checks whether an error of the system has this code, such as `ENOENT`. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
