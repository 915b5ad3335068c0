import type { Effect } from '../../../core/model/events.ts';

/** The configuration of one MCP server after validation. Durations are in milliseconds, paths are absolute. */
export type McpServerConfig = McpStdioConfig | McpHttpConfig;

interface CommonServerConfig {
  enabled: boolean;
  /** The time limit of a call; the runner's default applies when absent. */
  timeout?: number | undefined;
  /** Effects that override the server's annotations, keyed by the server's own tool names. */
  effects: Record<string, Effect>;
  /** The tools to offer, by the server's own names; all of them when absent. */
  tools?: string[] | undefined;
}

export interface McpStdioConfig extends CommonServerConfig {
  type: 'stdio';
  command: string;
  args: string[];
  /** Variables that are added to the clean environment of the process. */
  env: Record<string, string>;
  /** The working directory of the process; created when missing. */
  cwd: string;
}

export interface McpHttpConfig extends CommonServerConfig {
  type: 'http';
  url: string;
  headers: Record<string, string>;
  auth?: McpClientCredentials | undefined;
  oauth?: McpLoginConfig | undefined;
}

/**
 * OAuth client credentials with exactly one kind of proof, which is sent to the authorization server `issuer` only.
 */
export interface McpClientCredentials {
  clientId: string;
  clientSecret?: string | undefined;
  /** A private key in PEM form, without a passphrase. */
  privateKey?: string | undefined;
  algorithm?: string | undefined;
  /** A JWT that another party has already signed. */
  assertion?: string | undefined;
  issuer: string;
  scope?: string | undefined;
}

/** OAuth settings of a server that users log in to with a browser. */
export interface McpLoginConfig {
  /** A client that the operator has registered; when absent, the daemon registers one. */
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  /** The only authorization server that may be used; any when absent. */
  issuer?: string | undefined;
  scope?: string | undefined;
  /** The URL of a client ID metadata document, used instead of a registration. */
  clientMetadataUrl?: string | undefined;
  /** The address where browsers reach the daemon; derived from its listening address when absent. */
  redirectUrl?: string | undefined;
}

/** Returns the settings that the connection depends on; it is kept as long as they are unchanged. */
export function pickConnectionConfig(config: McpServerConfig): object {
  const { enabled: _, timeout: _t, effects: _e, tools: _o, ...connection } = config;
  return connection;
}
