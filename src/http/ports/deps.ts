import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Status } from '../../protocol/daemon.ts';
import type { Timekeeper } from '../../schedules/timekeeper.ts';
import type { ScopedSessions } from '../../sessions/scope/scoped.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { Control } from './control.ts';
import type { McpControl } from './mcp.ts';
import type { Principal, Role } from './principal.ts';

/** Dependencies of the HTTP interface. */
export interface ApiDeps {
  sessions: Sessions;
  time: Timekeeper;
  status(): Promise<Status>;
  control: Control;
  mcp: McpControl;
  /** The catalogue that prices model calls, for reports. */
  priceCatalogue: { name: string; version: string; date: string };
  /** Returns the present configuration; read again for every request. */
  config(): ApiConfig;
  /** Resolves with all metrics as Prometheus text; null when they are switched off. */
  renderMetrics(): Promise<string | null>;
  /** Whether this generation runs sessions; decides the answer of `/readyz`. */
  ready(): boolean;
  log: ApiLog;
  limits?: Partial<HttpLimits>;
}

export interface ApiConfig {
  /**
   * Operator tokens for the TCP address:
   * 1. A request with one of them has all permissions. Example: `Authorization: Bearer <token>`.
   * 2. Without any token here or in `people`, every client that can connect has all permissions.
   */
  tokens: readonly string[];
  /**
   * Token of each person; it proves the name and has no operator permissions. Example: `{ "ann": "<token>"
   * }`.
   */
  people: Readonly<Record<string, string>>;
  /** Tokens with a role and limits, by the name that they prove. */
  clients: Readonly<Record<string, ApiClient>>;
  /** Longest text of a message, in bytes. */
  messageLimit: number;
  /** Host names, without port, that a request may use besides loopback and the server's own address. */
  allowedHosts: readonly string[];
}

/** A token of `auth.clients`; without `sessions` and `agents` it opens all sessions. */
export interface ApiClient {
  token: string;
  role: Role;
  sessions?: readonly string[] | undefined;
  agents?: readonly string[] | undefined;
}

export interface HttpLimits {
  /** Maximum number of open event streams. */
  streams: number;
  /** Milliseconds between two comments on a silent event stream. */
  heartbeat: number;
  /** Milliseconds after which an event stream is closed whose reader takes nothing. */
  stalled: number;
}

export const DEFAULT_LIMITS: HttpLimits = { streams: 1000, heartbeat: 15_000, stalled: 120_000 };

/** Log for the HTTP interface; its shape is that of pino. */
export interface ApiLog {
  info(fields: Record<string, unknown>, event: string): void;
  warn(fields: Record<string, unknown>, event: string): void;
  error(fields: Record<string, unknown>, event: string): void;
}

/** Connection over which a request came. The streams are absent when the app is called without a server. */
export interface RequestConnection {
  incoming?: IncomingMessage;
  outgoing?: ServerResponse;
  /** Whether the request came over the unix socket, whose file mode admits only the owner. */
  trusted: boolean;
}

export interface ApiEnv {
  Bindings: RequestConnection;
  Variables: {
    /** Description of the caller for the log. */
    by: string;
    principal: Principal;
    /** The sessions that the client may see and use. */
    sessions: ScopedSessions;
  };
}
