import { takeHead } from '../core/model/text.ts';
import { ExitCode, MidturnError } from './errors.ts';

/** Refuses a message for an agent that the configuration does not have; `known` lists the ones it has. */
export class UnknownAgentError extends MidturnError {
  readonly code = 'unknown_agent';
  readonly status = 422;
  constructor(agent: string, known: readonly string[]) {
    super(`There is no agent "${agent}" in the configuration. Known agents: ${known.join(', ')}.`);
  }
}

/** Refuses a name that cannot be part of a request path, such as an empty one; nothing was sent. */
export class PathNameError extends MidturnError {
  readonly code = 'invalid_name';
  readonly status = 400;
  override readonly exitCode = ExitCode.usage;
  /** `what`: the kind of name, such as `the id of a session`. */
  constructor(what: string, name: string, fault: string) {
    super(
      `${JSON.stringify(takeHead(name, 100))} cannot be ${what}: ${fault}. Nothing was sent; choose another one.`,
    );
  }
}

/** Refuses a message that names another agent than the one the session was created for; HTTP 409. */
export class AgentMismatchError extends MidturnError {
  readonly code = 'agent_mismatch';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  constructor(session: string, agent: string, wanted: string) {
    super(
      `Session "${session}" belongs to agent "${agent}", not "${wanted}". Use another session id, or leave the agent out.`,
    );
  }
}

/** Refuses a message to a session that is quarantined; an operator has to release the session first. */
export class SessionQuarantinedError extends MidturnError {
  readonly code = 'session_quarantined';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  constructor(session: string) {
    super(
      `Session "${session}" is quarantined and takes no messages; \`midturn sessions show ${session}\` says why. \`midturn sessions release ${session}\` lets it continue.`,
    );
  }
}

/** Reports that there is no blob with this id, or that the session does not refer to it. */
export class BlobNotFoundError extends MidturnError {
  readonly code = 'blob_not_found';
  readonly status = 404;
  constructor(blob: string, session?: string) {
    const where = session === undefined ? 'is stored' : `belongs to session "${session}"`;
    super(
      `No file with the id "${takeHead(blob, 100)}" ${where}. A file that no message refers to is removed after a day; upload it again.`,
    );
  }
}

/** Refuses a file that is larger than `limits.attachment` allows; nothing was stored. */
export class AttachmentTooLargeError extends MidturnError {
  readonly code = 'attachment_too_large';
  readonly status = 413;
  override readonly details: { limit: number };
  constructor(limit: number) {
    super(
      `The file is too large: the limit is ${limit} bytes (config key limits.attachment). Nothing was stored.`,
    );
    this.details = { limit };
  }
}

/** Refuses a message that has more bytes of text than `limits.message` allows; nothing was stored. */
export class MessageTooLargeError extends MidturnError {
  readonly code = 'message_too_large';
  readonly status = 413;
  constructor(bytes: number, limit: number) {
    super(
      `The message has ${bytes} bytes; the limit is ${limit} (config key limits.message). Nothing was stored; send less, or put it in a file that the agent can read.`,
    );
  }
}
