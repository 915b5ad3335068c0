import { takeHead } from '../core/model/text.ts';
import { ExitCode, MidturnError } from './errors.ts';

/**
 * Reports that no handover report has this id: it never existed, was removed, or the handover has not begun; HTTP
 * 404.
 */
export class HandoverNotFoundError extends MidturnError {
  readonly code = 'handover_not_found';
  readonly status = 404;
  constructor(id: string) {
    super(
      `There is no report of a handover "${takeHead(id, 40)}", or it has not begun yet. \`midturn handovers\` lists them.`,
    );
  }
}

/** Reports that the revision does not exist, or is older than the revisions that are kept; HTTP 404. */
export class RevisionNotFoundError extends MidturnError {
  readonly code = 'revision_not_found';
  readonly status = 404;
  constructor(number: number) {
    super(
      `There is no revision ${number} of the configuration, or it is no longer kept. \`midturn config history\` lists them.`,
    );
  }
}

/** Refuses `[redacted]` where the present file has no secret that it could stand for; nothing was written. */
export class MaskedSecretError extends MidturnError {
  readonly code = 'config_masked';
  readonly status = 400;
  override readonly exitCode = ExitCode.usage;
  override readonly details: { paths: readonly string[] };
  constructor(paths: readonly string[]) {
    super(
      `"[redacted]" at ${paths.join(', ')} does not say which secret is meant. It keeps the secret that the present file has at the same place, in a list only when all of the masked entries are still there; write the others out, or as "\${env:NAME}" or "\${file:path}".`,
    );
    this.details = { paths };
  }
}

/** Reports that the file was written but its configuration is not in force, because the daemon could not apply it. */
export class NotAppliedError extends MidturnError {
  readonly code = 'config_not_applied';
  readonly status = 503;
  override readonly exitCode = ExitCode.tryAgain;
  constructor(why: string) {
    super(
      `The file was written, but it was not put into force: ${why}. \`midturn status\` shows what runs; the file is used at the next start or restart.`,
    );
  }
}

/** Reports that the supervisor refused a request because of its present state, such as a stop that is under way. */
export class NotPossibleNowError extends MidturnError {
  readonly code = 'not_possible_now';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  constructor(what: string, why: string) {
    super(`The ${what} was refused: ${why}. \`midturn status\` shows how the daemon is.`);
  }
}

/** Refuses a request body that is larger than a configuration may be; `limit` is in bytes, nothing was changed. */
export class ConfigTooLargeError extends MidturnError {
  readonly code = 'body_too_large';
  readonly status = 413;
  override readonly details: { limit: number };
  constructor(limit: number) {
    super(`The body is too large: a configuration may have ${limit} bytes. Nothing was changed.`);
    this.details = { limit };
  }
}
