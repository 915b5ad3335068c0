import { takeHead } from '../core/model/text.ts';
import { ExitCode, MidturnError } from './errors.ts';

/** One problem of a request: where it is, which member, and what is wrong with it. */
export interface RequestFault {
  where: 'path' | 'query' | 'header' | 'body';
  /** Dotted path of the member, such as `content.0.text`; empty when the whole part is meant. */
  field: string;
  problem: string;
}

/** Refuses a request whose path, query, headers or body do not fit the route; `details.faults` lists all problems. */
export class InvalidRequestError extends MidturnError {
  readonly code = 'invalid_request';
  readonly status = 400;
  override readonly exitCode = ExitCode.usage;
  override readonly details: { faults: readonly RequestFault[] };
  constructor(faults: readonly RequestFault[], options?: ErrorOptions) {
    const told = faults.map(({ where, field, problem }) => `${where}${field && ` ${field}`}: ${problem}`);
    super(`The request cannot be used. ${told.join('; ')}. /openapi.json describes every request.`, options);
    this.details = { faults };
  }
}

/** Refuses a body whose content type is not JSON, or that has no content type; HTTP 415. */
export class MediaTypeError extends MidturnError {
  readonly code = 'unsupported_media_type';
  readonly status = 415;
  constructor(contentType: string | undefined) {
    super(
      `The body has content type ${contentType ? `"${takeHead(contentType, 100)}"` : '(none)'}; send JSON with content-type: application/json.`,
    );
  }
}

/** Refuses a body that is announced in a character encoding other than UTF-8; nothing was stored. */
export class CharsetError extends MidturnError {
  readonly code = 'unsupported_charset';
  readonly status = 415;
  constructor(charset: string) {
    super(`The body is announced with charset "${takeHead(charset, 100)}"; send JSON in UTF-8.`);
  }
}

/** Refuses a compressed body, because its real size is not known before it is read; nothing was stored. */
export class ContentEncodingError extends MidturnError {
  readonly code = 'unsupported_content_encoding';
  readonly status = 415;
  constructor(encoding: string) {
    super(
      `The body has content-encoding "${takeHead(encoding, 100)}"; compressed bodies are not read, so send it as it is.`,
    );
  }
}

/**
 * Refuses a body that is too large. `limit` is the limit that matters to the caller: the bytes of text in a message.
 */
export class BodyTooLargeError extends MidturnError {
  readonly code = 'body_too_large';
  readonly status = 413;
  override readonly details: { limit: number };
  constructor(limit: number) {
    super(
      `The body is too large: a message may have ${limit} bytes of text (config key limits.message). Nothing was stored.`,
    );
    this.details = { limit };
  }
}

/** Reports that no route has this path, and names the routes that are most similar to it. */
export class RouteNotFoundError extends MidturnError {
  readonly code = 'route_not_found';
  readonly status = 404;
  override readonly details: { routes: readonly string[] };
  constructor(path: string, routes: readonly string[], hint: string) {
    const near = routes.length > 0 ? ` Nearest: ${routes.join(', ')}.` : '';
    super(`There is no route ${takeHead(path, 200)}.${near}${hint} /openapi.json lists all routes.`);
    this.details = { routes };
  }
}

/** Reports that the route exists but does not accept this method; `allow` lists the methods it accepts. */
export class MethodNotAllowedError extends MidturnError {
  readonly code = 'method_not_allowed';
  readonly status = 405;
  override readonly details: { allow: readonly string[] };
  constructor(method: string, route: string, allow: readonly string[]) {
    super(`${route} does not take ${takeHead(method, 20)}; it takes ${allow.join(', ')}.`);
    this.details = { allow };
  }
}

/**
 * Refuses a stream position that does not exist in this store, for example after a backup was restored; the client
 * must start again.
 */
export class PositionGoneError extends MidturnError {
  readonly code = 'position_gone';
  readonly status = 410;
  override readonly details: { store: string; seq: number };
  constructor(why: string, store: string, seq: number) {
    super(
      `The position cannot be followed: ${why}. Forget what was shown so far and start again without Last-Event-ID and with after=0, or continue with what comes after=${seq}.`,
    );
    this.details = { store, seq };
  }
}

/**
 * Refuses another event stream because `limit` streams are open; the client may try again after `retryAfter`
 * seconds.
 */
export class TooManyStreamsError extends MidturnError {
  readonly code = 'too_many_streams';
  readonly status = 503;
  override readonly exitCode = ExitCode.tryAgain;
  override readonly details: { limit: number; retryAfter: number };
  constructor(limit: number) {
    super(`${limit} event streams are open, which is the limit. Close some, or try again later.`);
    this.details = { limit, retryAfter: 5 };
  }
}

/** Refuses a request that needs a generation that runs sessions; HTTP 503, and the client may try again. */
export class NotReadyError extends MidturnError {
  readonly code = 'not_ready';
  readonly status = 503;
  override readonly exitCode = ExitCode.tryAgain;
  /**
   * `fault`: why this generation cannot run sessions, when known; otherwise it is starting, draining or in rescue
   * mode.
   */
  constructor(fault?: string) {
    super(
      fault ??
        'This generation runs no sessions: it is starting or draining, so try again in a moment; or in rescue mode, and then `midturn status` says why.',
    );
  }
}

/** Reports that no process accepts connections at the address of the daemon; exit code 3. */
export class DaemonNotRunningError extends MidturnError {
  readonly code = 'daemon_not_running';
  readonly status = 503;
  override readonly exitCode = ExitCode.notRunning;
  constructor(target: string, options?: ErrorOptions) {
    super(
      `No daemon answers at ${target}. \`midturn start\` starts one; \`midturn doctor\` looks for causes.`,
      options,
    );
  }
}

/**
 * Reports that the permissions of the unix socket do not allow this user to connect; `errno` is that of the system.
 */
export class SocketDeniedError extends MidturnError {
  readonly code = 'socket_denied';
  readonly status = 403;
  constructor(target: string, errno: string, options?: ErrorOptions) {
    super(
      `This user may not connect to ${target} (${errno}): the socket is for the user that the daemon runs as. Run the command as that user, or use \`--url\` with a token.`,
      options,
    );
  }
}

/** Reports a connection that broke before the response arrived. The request may or may not have been carried out. */
export class ConnectionLostError extends MidturnError {
  readonly code = 'connection_lost';
  readonly status = 503;
  override readonly exitCode = ExitCode.tryAgain;
  constructor(target: string, why: string, options?: ErrorOptions) {
    super(
      `The connection to ${target} broke (${why}). Try again; a message sent with an id is stored once.`,
      options,
    );
  }
}

/**
 * An error response of the daemon, made from its problem document; keeps the code, the status and the additional
 * members.
 */
export class ApiError extends MidturnError {
  readonly code: string;
  readonly status: number;
  override readonly exitCode: number;
  override readonly details: Record<string, unknown>;
  constructor(problem: { code: string; status: number; detail: string }) {
    super(problem.detail);
    const { code, status, detail: _, ...details } = problem;
    this.code = code;
    this.status = status;
    this.exitCode = CONFIG_CODES.has(code) ? ExitCode.config : (exitCodes[status] ?? ExitCode.failed);
    this.details = details;
  }
}

const CONFIG_CODES: ReadonlySet<string> = new Set(['config_invalid', 'config_unreadable']);

const exitCodes: Record<number, number> = {
  409: ExitCode.conflict,
  412: ExitCode.conflict,
  503: ExitCode.tryAgain,
};

/** Answers `GET /metrics` while metrics are switched off, or before the generation serves; HTTP 404. */
export class MetricsOffError extends MidturnError {
  readonly code = 'metrics_off';
  readonly status = 404;
  constructor() {
    super('Metrics are not served. Set `telemetry.metrics` to true in the configuration.');
  }
}
