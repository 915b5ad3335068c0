import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Status } from '../../protocol/daemon.ts';
import type { Timekeeper } from '../../schedules/timekeeper.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { Control } from './control.ts';
import type { McpControl } from './mcp.ts';

/** What the HTTP interface is made of. */
export interface ApiDeps {
  sessions: Sessions;
  time: Timekeeper;
  status(): Promise<Status>;
  control: Control;
  mcp: McpControl;
  /** Read anew for every request. */
  config(): HttpConfig;
  /** Whether this generation takes up sessions; decides `/readyz`. */
  ready(): boolean;
  log: ApiLog;
  limits?: Partial<HttpLimits>;
}

export interface HttpConfig {
  /** Who has one of these may use the TCP address; when there is none, and none of `people`, everybody who can connect. */
  tokens: readonly string[];
  /** Tokens by the name that they prove. */
  people: Readonly<Record<string, string>>;
  /** Bytes of a message's text. */
  messageLimit: number;
  /** Host names, without port, under which the daemon may be addressed besides loopback. */
  allowedHosts: readonly string[];
}

export interface HttpLimits {
  /** Event streams at once. */
  streams: number;
  /** Milliseconds between two comments on a silent event stream. */
  heartbeat: number;
  /** Milliseconds after which an event stream whose reader takes nothing is closed. */
  stalled: number;
}

export const DEFAULT_LIMITS: HttpLimits = { streams: 1000, heartbeat: 15_000, stalled: 120_000 };

/** Fits pino. */
export interface ApiLog {
  info(fields: Record<string, unknown>, event: string): void;
  warn(fields: Record<string, unknown>, event: string): void;
  error(fields: Record<string, unknown>, event: string): void;
}

/** How a request reached us. The streams are absent when the app is called without a server. */
export interface Connection {
  incoming?: IncomingMessage;
  outgoing?: ServerResponse;
  /** Over the unix socket, whose file mode lets only the owner in. */
  trusted: boolean;
}

export interface ApiEnv {
  Bindings: Connection;
  Variables: {
    /** Who asks, in words, for the log. */
    by: string;
    /** The name that the token proves; null for whoever may claim any. */
    person: string | null;
  };
}
