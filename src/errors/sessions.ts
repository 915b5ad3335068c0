import { takeHead } from '../core/model/text.ts';
import { ExitCode, MidturnError } from './errors.ts';

export class UnknownAgentError extends MidturnError {
  readonly code = 'unknown_agent';
  readonly status = 422;
  constructor(agent: string, known: readonly string[]) {
    super(`There is no agent "${agent}" in the configuration. Known agents: ${known.join(', ')}.`);
  }
}

/** A name that no request can carry in its path, such as an empty one; nothing was sent. */
export class PathNameError extends MidturnError {
  readonly code = 'invalid_name';
  readonly status = 400;
  override readonly exitCode = ExitCode.usage;
  /** `what`: such as `the id of a session`. */
  constructor(what: string, name: string, fault: string) {
    super(
      `${JSON.stringify(takeHead(name, 100))} cannot be ${what}: ${fault}. Nothing was sent; choose another one.`,
    );
  }
}

/** A session belongs to the agent that it was created for. */
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

export class SessionQuarantinedError extends MidturnError {
  readonly code = 'session_quarantined';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  constructor(session: string) {
    super(
      `Session "${session}" is quarantined and takes no messages; \`midturn sessions show ${session}\` says why. \`midturn sessions release ${session}\` lets it go on.`,
    );
  }
}

export class MessageTooLargeError extends MidturnError {
  readonly code = 'message_too_large';
  readonly status = 413;
  constructor(bytes: number, limit: number) {
    super(
      `The message has ${bytes} bytes; the limit is ${limit} (config key limits.message). Nothing was stored; send less, or put it in a file that the agent can read.`,
    );
  }
}
