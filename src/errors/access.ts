import { takeHead } from '../core/model/text.ts';
import { MidturnError } from './errors.ts';

/** Refuses a request without a valid bearer token. `given` is false when the request had no token at all. */
export class UnauthorizedError extends MidturnError {
  readonly code = 'unauthorized';
  readonly status = 401;
  constructor(given: boolean) {
    super(
      given
        ? 'The bearer token is not one of those in the config keys auth.tokens, auth.people and auth.clients.'
        : 'This address needs a token: send `Authorization: Bearer <token>` with one of auth.tokens, auth.people or auth.clients, or use the unix socket.',
    );
  }
}

/** Refuses a request that is made with the token of one person and names another person in `from`; HTTP 403. */
export class NotYourNameError extends MidturnError {
  readonly code = 'not_your_name';
  readonly status = 403;
  constructor(person: string, claimed: string) {
    super(
      `The token is that of "${person}", who cannot act as "${claimed}". Leave \`from\` out, or give your own name.`,
    );
  }
}

/** Refuses a change of the configuration or of a login that was requested with the token of a person; HTTP 403. */
export class OperatorOnlyError extends MidturnError {
  readonly code = 'operator_only';
  readonly status = 403;
  constructor(person: string) {
    super(
      `"${person}" has a token without the role "operator", which changes neither the configuration nor who is logged in to MCP servers. That takes one of auth.tokens, an operator of auth.clients, or the unix socket.`,
    );
  }
}

/**
 * Refuses an unexpected `Host` header. This keeps a web page from reaching the daemon through a host name that it
 * controls (DNS rebinding).
 */
export class HostNotAllowedError extends MidturnError {
  readonly code = 'host_not_allowed';
  readonly status = 403;
  constructor(host: string) {
    super(
      `Requests for the host "${takeHead(host, 200)}" are refused. Use a loopback address, the host that the config key \`listen\` names, or a token of \`auth\`.`,
    );
  }
}

/**
 * Refuses an `Origin` that is not the daemon itself. This keeps web pages from sending requests on behalf of their
 * visitor (CSRF).
 */
export class OriginNotAllowedError extends MidturnError {
  readonly code = 'origin_not_allowed';
  readonly status = 403;
  constructor(origin: string) {
    super(
      `Requests by web pages of "${takeHead(origin, 200)}" are refused; only the daemon's own pages may.`,
    );
  }
}

/** Refuses a change with a token that may only read; HTTP 403. */
export class ReadOnlyTokenError extends MidturnError {
  readonly code = 'read_only_token';
  readonly status = 403;
  constructor(name: string) {
    super(
      `The token of "${name}" has the role "reader", which may only read. Use one with the role "approver".`,
    );
  }
}

/** Refuses a token with limits on a route that is about more than its sessions; HTTP 403. */
export class ScopedTokenError extends MidturnError {
  readonly code = 'scoped_token';
  readonly status = 403;
  constructor(name: string) {
    super(
      `The token of "${name}" opens only its sessions, and this request is about the whole daemon. Use a token without "sessions" and "agents" in "auth.clients".`,
    );
  }
}
