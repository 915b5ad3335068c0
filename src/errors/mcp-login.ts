import { ExitCode, MidturnError } from './errors.ts';

export class McpServerNotFoundError extends MidturnError {
  readonly code = 'mcp_server_not_found';
  readonly status = 404;
  /** `meant`: the one that was probably meant. */
  constructor(name: string, meant: string | undefined) {
    const hint = meant === undefined ? '`midturn mcp ls` lists them' : `did you mean "${meant}"?`;
    super(`There is no enabled MCP server "${name}" in the configuration; ${hint}.`);
  }
}

/** Somebody wants to log in to a server whose configuration gives nobody's rights to it. */
export class McpLoginUnusedError extends MidturnError {
  readonly code = 'mcp_login_unused';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  constructor(name: string) {
    super(
      `The MCP server "${name}" is used without a login: there is no "tools.mcp.${name}.oauth" in the configuration. Add one, \`{}\` will do, for a server over HTTP that people log in to.`,
    );
  }
}

/** A login could not be begun or finished. */
export class McpLoginFailedError extends MidturnError {
  readonly code = 'mcp_login_failed';
  readonly status = 502;
  readonly why: string;
  constructor(name: string, why: string) {
    super(`The login to the MCP server "${name}" failed: ${why}. Nothing has changed.`);
    this.why = why;
  }
}

/** The person, or the authorization server, said no. */
export class McpLoginRefusedError extends MidturnError {
  readonly code = 'mcp_login_refused';
  readonly status = 403;
  readonly why: string;
  constructor(name: string, reason: string) {
    const why = `the authorization server refused it (${reason})`;
    super(
      `Nobody was logged in to the MCP server "${name}": ${why}. \`midturn mcp login ${name}\` tries again.`,
    );
    this.why = why;
  }
}

/** An answer came for a login that nobody waits for. */
export class McpLoginUnknownError extends MidturnError {
  readonly code = 'mcp_login_unknown';
  readonly status = 400;
  constructor() {
    super(
      'No login waits for this answer: it was used already, a later login has taken its place, or it was never begun here. `midturn mcp login NAME` begins one.',
    );
  }
}

export class McpLoginExpiredError extends MidturnError {
  readonly code = 'mcp_login_expired';
  readonly status = 410;
  readonly why = 'it took too long';
  constructor(name: string, minutes: number) {
    super(
      `The login to the MCP server "${name}" took longer than ${minutes} minutes. \`midturn mcp login ${name}\` begins a new one.`,
    );
  }
}

/** Somebody else works on the same login, another generation perhaps, and does not come to an end. */
export class McpLoginBusyError extends MidturnError {
  readonly code = 'mcp_login_busy';
  readonly status = 503;
  override readonly exitCode = ExitCode.tryAgain;
  constructor(name: string) {
    super(`Another process is at work on the login to the MCP server "${name}". Try again in a moment.`);
  }
}

/** A server wants to know who somebody is before it answers. Says so after "the MCP server …". */
export class McpLoginNeededError extends MidturnError {
  readonly code = 'mcp_login_needed';
  readonly status = 503;
  /** Scopes that the present login does not have, where that is all that is missing. */
  readonly scope: string | undefined;
  constructor(name: string, scope?: string) {
    const what = scope === undefined ? 'needs a login' : `needs a login with more rights (${scope})`;
    super(`${what}: run \`midturn mcp login ${name}\``);
    this.scope = scope;
  }
}

/** A request of a login would have gone where nobody should send secrets. */
export class McpLoginAddressError extends MidturnError {
  readonly code = 'mcp_login_address';
  readonly status = 502;
  constructor(address: string) {
    super(
      `the server leads to ${address}, which is neither https nor, for a server on this machine, an address of this machine`,
    );
  }
}

/** The MCP server names another authorization server than the operator did. */
export class McpLoginIssuerError extends MidturnError {
  readonly code = 'mcp_login_issuer';
  readonly status = 502;
  constructor(found: string, expected: string) {
    super(`the server names the authorization server ${found}, the configuration ("issuer") ${expected}`);
  }
}
