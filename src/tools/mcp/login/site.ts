import { takeHead } from '../../../core/model/text.ts';
import type { McpLoginConfig, McpServerConfig } from '../wire/config.ts';
import type { StoredLogin } from './stored.ts';

/** Identifies a login: the MCP server and the OAuth settings of its configuration. */
export interface LoginTarget {
  name: string;
  url: string;
  /** Sent with every request to the server. */
  headers: Record<string, string>;
  oauth: McpLoginConfig;
}

/** Everything that is known when a login starts, including the stored state of an earlier login. */
export interface LoginRequest extends LoginTarget {
  redirectUrl: string;
  found: StoredLogin | undefined;
}

/** Returns the login target of a configured server; `undefined` for a server without `oauth`. */
export function toLoginTarget(name: string, config: McpServerConfig): LoginTarget | undefined {
  if (config.type !== 'http' || !config.oauth) return undefined;
  const { url, headers, oauth } = config;
  return { name, url, headers, oauth };
}

/**
 * Describes an error and its cause on one line of at most 500 characters, because some servers send whole web
 * pages.
 */
export function describeLoginError(error: unknown): string {
  const causes = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  const words = error instanceof Error ? `${error.message}${causes}` : String(error);
  return takeHead(words.replaceAll(/\s+/g, ' '), 500).toWellFormed();
}
