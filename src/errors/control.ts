import { takeHead } from '../core/model/text.ts';
import { ExitCode, MidturnError } from './errors.ts';

export class HandoverNotFoundError extends MidturnError {
  readonly code = 'handover_not_found';
  readonly status = 404;
  constructor(id: string) {
    super(
      `There is no report of a handover "${takeHead(id, 40)}", or it has not begun yet. \`midturn handovers\` lists them.`,
    );
  }
}

export class RevisionNotFoundError extends MidturnError {
  readonly code = 'revision_not_found';
  readonly status = 404;
  constructor(number: number) {
    super(
      `There is no revision ${number} of the configuration, or it is not kept any more. \`midturn config history\` lists them.`,
    );
  }
}

/** The mask that stands for a secret, in a place where there is no secret to keep. */
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

/** The file was written, and what became of it is not as hoped. */
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

/** The supervisor will not do it. */
export class NotPossibleNowError extends MidturnError {
  readonly code = 'not_possible_now';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  constructor(what: string, why: string) {
    super(`The ${what} was refused: ${why}. \`midturn status\` shows how the daemon is.`);
  }
}

export class ConfigTooLargeError extends MidturnError {
  readonly code = 'body_too_large';
  readonly status = 413;
  override readonly details: { limit: number };
  constructor(limit: number) {
    super(`The body is too large: a configuration may have ${limit} bytes. Nothing was changed.`);
    this.details = { limit };
  }
}
