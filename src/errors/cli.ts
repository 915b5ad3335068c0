import { ExitCode, MidturnError } from './errors.ts';

/** The command line makes no sense; nothing was done. */
export class UsageError extends MidturnError {
  readonly code = 'usage';
  readonly status = 400;
  override readonly exitCode = ExitCode.usage;
}

/** What was given as a text is in another encoding; nothing was done. */
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

/** The message was accepted and goes on, but the caller's patience ended. */
export class NoAnswerYetError extends MidturnError {
  readonly code = 'no_answer_yet';
  readonly status = 504;
  override readonly exitCode = ExitCode.tryAgain;
  override readonly details: { session: string; input: string; approvals: readonly string[] };
  constructor(session: string, input: string, seconds: number, approvals: readonly string[]) {
    const [first] = approvals;
    const goesOn = first
      ? `It waits for an approval; \`midturn approvals show ${first}\` shows for which call, and \`midturn approvals approve ${first}\` lets it go on.`
      : 'The work goes on.';
    super(
      `The message was accepted but not answered within ${seconds} s. ${goesOn} Send it again with \`--id ${input} --wait\` to wait for the same answer.`,
    );
    this.details = { session, input, approvals };
  }
}

/** The turn ended without an answer. */
export class NotAnsweredError extends MidturnError {
  readonly code = 'not_answered';
  readonly status = 422;
  override readonly details: { session: string; input: string; outcome: string };
  constructor(session: string, input: string, outcome: string, reason = 'no reason was given') {
    super(`The message was ${outcome === 'failed' ? 'not answered' : outcome}: ${reason}`);
    this.details = { session, input, outcome };
  }
}

/** A handover as it was last seen. */
export interface SeenHandover {
  id: string;
  phase: string;
}

/** A restart was asked for and goes on, but the caller's patience ended. */
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
    super(`${what}${where}. It goes on by itself; \`midturn ${look}\` shows ${shows}.`);
    this.details = { handover: id, phase };
  }
}

/** The daemon went while a restart was waited for: it was stopped, or killed. */
export class RestartOvertakenError extends MidturnError {
  readonly code = 'restart_overtaken';
  readonly status = 503;
  override readonly exitCode = ExitCode.notRunning;
  override readonly details: { handover: string | null; phase: string | null };
  /** `target`: where nobody listens any more. `handover`: null when the daemon did not say which it is. */
  constructor(target: string, handover: SeenHandover | null, options?: ErrorOptions) {
    const seen = handover ? ` (handover ${handover.id}, last seen \`${handover.phase}\`)` : '';
    super(
      `No daemon answers at ${target} any more, so the restart${seen} cannot be waited for. \`midturn start\` starts the daemon; everything goes on then.`,
      options,
    );
    this.details = { handover: handover?.id ?? null, phase: handover?.phase ?? null };
  }
}

/** There is no log file to show. */
export class NoLogError extends MidturnError {
  readonly code = 'no_log';
  readonly status = 404;
  constructor(path: string) {
    super(
      `There is no log at ${path}. \`midturn start\` writes one; a daemon that was started with \`midturn up\` writes to its terminal, or to the service manager's log.`,
    );
  }
}

export class NoSuchFileError extends MidturnError {
  readonly code = 'no_such_file';
  readonly status = 404;
  constructor(path: string) {
    super(`There is no file ${path}.`);
  }
}

/** The person left before the daemon had accepted what was typed. */
export class NotSentError extends MidturnError {
  readonly code = 'not_sent';
  readonly status = 503;
  override readonly exitCode = ExitCode.tryAgain;
  constructor(count: number) {
    const what = count === 1 ? '1 message was' : `${count} messages were`;
    super(`${what} not accepted, because the daemon was not reachable. Say it again when it is.`);
  }
}

/** The editor could not be started, or a person left it with an error to say "forget it". */
export class EditorError extends MidturnError {
  readonly code = 'editor_failed';
  readonly status = 500;
  constructor(editor: string, how: string | number) {
    super(
      `The editor \`${editor}\` ended with ${how}; nothing was changed. VISUAL or EDITOR chooses another one.`,
    );
  }
}

/** Somebody said no to a question. */
export class NotConfirmedError extends MidturnError {
  readonly code = 'not_confirmed';
  readonly status = 409;
  constructor(kept: string) {
    super(`Nothing was changed. What was edited is in ${kept}.`);
  }
}

/** A handover did not come to its end. */
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

/** There is no such folder, and it cannot be made. */
export class HomeError extends MidturnError {
  readonly code = 'home_unusable';
  readonly status = 500;
  constructor(home: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The home ${home} cannot be made (${why}). Choose another with \`--home\` or MIDTURN_HOME.`, {
      cause,
    });
  }
}

/** A login to an MCP server came to nothing. */
export class LoginNotDoneError extends MidturnError {
  readonly code = 'login_not_done';
  readonly status = 502;
  constructor(server: string, why: string) {
    super(`Nobody was logged in to ${server}: ${why}. \`midturn mcp login ${server}\` begins again.`);
  }
}

/** The person has not come back from the browser yet. */
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
