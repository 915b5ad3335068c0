import type { Effect } from '../../../core/model/events.ts';

/** One MCP server of the configuration. Durations are in milliseconds, paths are absolute. */
export type McpServerConfig = McpStdioConfig | McpHttpConfig;

interface Common {
  enabled: boolean;
  /** Time for a call; the runner's default when absent. */
  timeout?: number | undefined;
  /** Overrides what the server says its tools do, by the server's own names. */
  effects: Record<string, Effect>;
  /** Tools to offer, by the server's own names; all when absent. */
  tools?: string[] | undefined;
}

export interface McpStdioConfig extends Common {
  type: 'stdio';
  command: string;
  args: string[];
  /** Added to the clean environment of the process. */
  env: Record<string, string>;
  /** Where the process runs; created when it is missing. */
  cwd: string;
}

export interface McpHttpConfig extends Common {
  type: 'http';
  url: string;
  headers: Record<string, string>;
  auth?: McpClientCredentials | undefined;
  oauth?: McpLoginConfig | undefined;
}

/** OAuth client credentials, one kind of proof; `issuer` is the only authorization server that gets to see it. */
export interface McpClientCredentials {
  clientId: string;
  clientSecret?: string | undefined;
  /** In any PEM form, without a passphrase. */
  privateKey?: string | undefined;
  algorithm?: string | undefined;
  /** A JWT that is signed already. */
  assertion?: string | undefined;
  issuer: string;
  scope?: string | undefined;
}

/** For a server that a person logs in to. */
export interface McpLoginConfig {
  /** A client that the operator has registered; we register one ourselves when absent. */
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  /** The only authorization server that may be used, if there is just one. */
  issuer?: string | undefined;
  scope?: string | undefined;
  /** Where authorization servers find who we are, instead of a registration. */
  clientMetadataUrl?: string | undefined;
  /** Where browsers find the daemon; derived from where it listens when absent. */
  redirectUrl?: string | undefined;
}

/** What reaching the server depends on: when it stays the same, the connection does too. */
export function connectionOf(config: McpServerConfig): object {
  const { enabled: _, timeout: _t, effects: _e, tools: _o, ...connection } = config;
  return connection;
}
