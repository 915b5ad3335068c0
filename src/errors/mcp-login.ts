import { ExitCode, MidturnError } from './errors.ts';

/** Reports that no enabled MCP server of the configuration has this name; HTTP 404. */
export class McpServerNotFoundError extends MidturnError {
  readonly code = 'mcp_server_not_found';
  readonly status = 404;
  /** `meant`: the configured name that is most similar, as a suggestion. */
  constructor(name: string, meant: string | undefined) {
    const hint = meant === undefined ? '`midturn mcp ls` lists them' : `did you mean "${meant}"?`;
    super(`There is no enabled MCP server "${name}" in the configuration; ${hint}.`);
  }
}

/** Refuses a login to a server that has no `oauth` in its configuration, because the login would never be used. */
export class McpLoginUnusedError extends MidturnError {
  readonly code = 'mcp_login_unused';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  constructor(name: string) {
    super(
      `The MCP server "${name}" is used without a login: there is no "tools.mcp.${name}.oauth" in the configuration. Add one, \`{}\` will do, for a server over HTTP that users log in to.`,
    );
  }
}

/** Reports that a login could not be started or completed; the stored login, if any, is unchanged. */
export class McpLoginFailedError extends MidturnError {
  readonly code = 'mcp_login_failed';
  readonly status = 502;
  readonly why: string;
  constructor(name: string, why: string) {
    super(`The login to the MCP server "${name}" failed: ${why}. Nothing has changed.`);
    this.why = why;
  }
}

/**
 * Reports that the user or the authorization server refused the login; `reason` is the error that the server gave.
 */
export class McpLoginRefusedError extends MidturnError {
  readonly code = 'mcp_login_refused';
  readonly status = 403;
  readonly why: string;
  constructor(name: string, reason: string) {
    const why = `the authorization server refused it (${reason})`;
    super(
      `The login to the MCP server "${name}" was not completed: ${why}. \`midturn mcp login ${name}\` tries again.`,
    );
    this.why = why;
  }
}

/**
 * Refuses an authorization response that belongs to no pending login: it was used, replaced by a later login, or
 * never started here.
 */
export class McpLoginUnknownError extends MidturnError {
  readonly code = 'mcp_login_unknown';
  readonly status = 400;
  constructor() {
    super(
      'No login waits for this answer: it was used already, a later login has taken its place, or it was never started here. `midturn mcp login NAME` starts one.',
    );
  }
}

/** Reports that a login took longer than `minutes` between its start and the response of the browser; HTTP 410. */
export class McpLoginExpiredError extends MidturnError {
  readonly code = 'mcp_login_expired';
  readonly status = 410;
  readonly why = 'it took too long';
  constructor(name: string, minutes: number) {
    super(
      `The login to the MCP server "${name}" took longer than ${minutes} minutes. \`midturn mcp login ${name}\` starts a new one.`,
    );
  }
}

/**
 * Reports that another process, such as another generation, holds the stored login and does not release it in time.
 */
export class McpLoginBusyError extends MidturnError {
  readonly code = 'mcp_login_busy';
  readonly status = 503;
  override readonly exitCode = ExitCode.tryAgain;
  constructor(name: string) {
    super(`Another process is at work on the login to the MCP server "${name}". Try again in a moment.`);
  }
}

/**
 * Reports that a server requires a login before it answers. The message continues a sentence that begins with "the
 * MCP server …".
 */
export class McpLoginNeededError extends MidturnError {
  readonly code = 'mcp_login_needed';
  readonly status = 503;
  /** Scopes that the present login lacks, when the login is valid otherwise; `undefined` when there is no login. */
  readonly scope: string | undefined;
  constructor(name: string, scope?: string) {
    const what = scope === undefined ? 'needs a login' : `needs a login with more rights (${scope})`;
    super(`${what}: run \`midturn mcp login ${name}\``);
    this.scope = scope;
  }
}

/**
 * Refuses to send a request of a login to an address that others could read: it is neither https nor on this
 * machine.
 */
export class McpLoginAddressError extends MidturnError {
  readonly code = 'mcp_login_address';
  readonly status = 502;
  constructor(address: string) {
    super(
      `the server leads to ${address}, which is neither https nor, for a server on this machine, an address of this machine`,
    );
  }
}

/**
 * Refuses an authorization server other than the one that the operator set in `oauth.issuer`; credentials are not
 * sent to it.
 */
export class McpLoginIssuerError extends MidturnError {
  readonly code = 'mcp_login_issuer';
  readonly status = 502;
  constructor(found: string, expected: string) {
    super(`the server names the authorization server ${found}, the configuration ("issuer") ${expected}`);
  }
}
