import { ExitCode, MidturnError, messageOf } from './errors.ts';

/**
 * Reports a command line that cannot be carried out, such as an unknown flag or a missing argument; nothing was
 * done.
 */
export class UsageError extends MidturnError {
  readonly code = 'usage';
  readonly status = 400;
  override readonly exitCode = ExitCode.usage;
}

/** Reports input that was expected to be text and is not valid UTF-8; nothing was done with it. */
export class NotTextError extends MidturnError {
  readonly code = 'not_text';
  readonly status = 400;
  override readonly exitCode = ExitCode.usage;
  /** `name`: a path, or `stdin`. */
  constructor(name: string) {
    super(
      `${name} is not UTF-8, so nothing was done with it. Convert it, for example with \`iconv -t UTF-8\`.`,
    );
  }
}

/**
 * Reports that the caller stopped waiting before the answer came. The message is accepted and its turn continues;
 * `details` has what is needed to wait again.
 */
export class NoAnswerYetError extends MidturnError {
  readonly code = 'no_answer_yet';
  readonly status = 504;
  override readonly exitCode = ExitCode.tryAgain;
  override readonly details: { session: string; input: string; approvals: readonly string[] };
  constructor(session: string, input: string, seconds: number, approvals: readonly string[]) {
    const [first] = approvals;
    const next = first
      ? `It waits for an approval; \`midturn approvals show ${first}\` shows for which call, and \`midturn approvals approve ${first}\` lets it continue.`
      : 'The work continues.';
    super(
      `The message was accepted but not answered within ${seconds} s. ${next} Send it again with \`--id ${input} --wait\` to wait for the same answer.`,
    );
    this.details = { session, input, approvals };
  }
}

/**
 * Reports that the turn of a message ended without an answer: it failed, was cancelled or expired, with the reason.
 */
export class NotAnsweredError extends MidturnError {
  readonly code = 'not_answered';
  readonly status = 422;
  override readonly details: { session: string; input: string; outcome: string };
  constructor(session: string, input: string, outcome: string, reason = 'no reason was given') {
    super(`The message was ${outcome === 'failed' ? 'not answered' : outcome}: ${reason}`);
    this.details = { session, input, outcome };
  }
}

/** A handover as the command line last saw it, for messages about a restart that it stopped waiting for. */
export interface SeenHandover {
  id: string;
  phase: string;
}

/**
 * Reports that the caller stopped waiting for a restart that was accepted. The handover continues without the
 * caller.
 */
export class RestartTimeoutError extends MidturnError {
  readonly code = 'restart_timeout';
  readonly status = 504;
  override readonly exitCode = ExitCode.tryAgain;
  override readonly details: { handover: string | null; phase: string | null };
  /** `handover`: null when the daemon did not say which it is. */
  constructor(seconds: number, handover: SeenHandover | null) {
    const id = handover?.id ?? null;
    const phase = handover?.phase ?? null;
    const serves = phase === 'serving' || phase === 'draining';
    const what = serves
      ? `The new generation serves, but the old one has not left after ${seconds} s`
      : `The restart was accepted, but no new generation has answered after ${seconds} s`;
    const where = id === null ? '' : `: handover ${id} is \`${phase}\``;
    const look = id === null ? 'status' : `handovers ${id}`;
    const shows = serves ? 'which sessions hold it up' : 'how far it is';
    super(`${what}${where}. It continues by itself; \`midturn ${look}\` shows ${shows}.`);
    this.details = { handover: id, phase };
  }
}

/**
 * Reports that the daemon was stopped or killed while the command line waited for a restart, so its outcome is
 * unknown.
 */
export class RestartOvertakenError extends MidturnError {
  readonly code = 'restart_overtaken';
  readonly status = 503;
  override readonly exitCode = ExitCode.notRunning;
  override readonly details: { handover: string | null; phase: string | null };
  /** `target`: the address at which no daemon answers. `handover`: `null` when the daemon did not name one. */
  constructor(target: string, handover: SeenHandover | null, options?: ErrorOptions) {
    const seen = handover ? ` (handover ${handover.id}, last seen \`${handover.phase}\`)` : '';
    super(
      `No daemon answers at ${target}, so the restart${seen} cannot be waited for. \`midturn start\` starts the daemon; all work continues then.`,
      options,
    );
    this.details = { handover: handover?.id ?? null, phase: handover?.phase ?? null };
  }
}

/** Reports that the home has no log file, because the daemon was never started in the background. */
export class NoLogError extends MidturnError {
  readonly code = 'no_log';
  readonly status = 404;
  constructor(path: string) {
    super(
      `There is no log at ${path}. \`midturn start\` writes one; a daemon that was started with \`midturn up\` writes to its terminal, or to the service manager's log.`,
    );
  }
}

/** Reports that a file named on the command line does not exist; nothing was done. */
export class NoSuchFileError extends MidturnError {
  readonly code = 'no_such_file';
  readonly status = 404;
  constructor(path: string) {
    super(`There is no file ${path}.`);
  }
}

/**
 * Reports messages that the daemon had not accepted when the user left the chat; they are lost and must be sent
 * again.
 */
export class NotSentError extends MidturnError {
  readonly code = 'not_sent';
  readonly status = 503;
  override readonly exitCode = ExitCode.tryAgain;
  constructor(count: number) {
    const what = count === 1 ? '1 message was' : `${count} messages were`;
    super(`${what} not accepted, because the daemon was not reachable. Say it again when it is.`);
  }
}

/**
 * Reports that the editor could not be started, or that the user left it with an exit status other than 0 to discard
 * the change.
 */
export class EditorError extends MidturnError {
  readonly code = 'editor_failed';
  readonly status = 500;
  constructor(editor: string, how: string | number) {
    super(
      `The editor \`${editor}\` ended with ${how}; nothing was changed. VISUAL or EDITOR chooses another one.`,
    );
  }
}

/** Reports that the user declined the change that was shown; the edited text is kept in the file `kept`. */
export class NotConfirmedError extends MidturnError {
  readonly code = 'not_confirmed';
  readonly status = 409;
  constructor(kept: string) {
    super(`Nothing was changed. What was edited is in ${kept}.`);
  }
}

/** Reports that a handover failed. The former generation still serves, so no session was touched. */
export class HandoverFailedError extends MidturnError {
  readonly code = 'handover_failed';
  readonly status = 500;
  override readonly details: { handover: string };
  constructor(id: string, why: string | null) {
    super(
      `Handover ${id} failed: ${why ?? 'no reason was recorded'}. No session was touched by it; \`midturn handovers ${id}\` shows the report, \`midturn logs\` more.`,
    );
    this.details = { handover: id };
  }
}

/** Reports that the home directory does not exist and cannot be made; `cause` has the error of the system. */
export class HomeError extends MidturnError {
  readonly code = 'home_unusable';
  readonly status = 500;
  constructor(home: string, cause: unknown) {
    const why = messageOf(cause);
    super(`The home ${home} cannot be made (${why}). Choose another with \`--home\` or MIDTURN_HOME.`, {
      cause,
    });
  }
}

/** Reports that a login to an MCP server ended without success, and why; it can be repeated. */
export class LoginNotDoneError extends MidturnError {
  readonly code = 'login_not_done';
  readonly status = 502;
  constructor(server: string, why: string) {
    super(`The login to ${server} was not completed: ${why}. \`midturn mcp login ${server}\` starts again.`);
  }
}

/** Reports that the command stopped waiting for a login that can still be finished in the browser. */
export class LoginWaitsError extends MidturnError {
  readonly code = 'login_waits';
  readonly status = 504;
  override readonly exitCode = ExitCode.tryAgain;
  constructor(server: string) {
    super(
      `The login to ${server} still waits for the browser. It can be finished there for a while; \`midturn mcp ls\` tells whether it was.`,
    );
  }
}
