import { takeHead } from '../../../core/model/text.ts';
import type { McpLoginConfig, McpServerConfig } from '../wire/config.ts';
import type { StoredLogin } from './stored.ts';

/** A server that somebody logs in to, and as whom. */
export interface Place {
  name: string;
  url: string;
  /** Sent with every request to the server. */
  headers: Record<string, string>;
  oauth: McpLoginConfig;
}

/** What a login begins with. */
export interface LoginSite extends Place {
  redirectUrl: string;
  found: StoredLogin | undefined;
}

/** `undefined` for a server that nobody logs in to. */
export function placeOf(name: string, config: McpServerConfig): Place | undefined {
  if (config.type !== 'http' || !config.oauth) return undefined;
  const { url, headers, oauth } = config;
  return { name, url, headers, oauth };
}

/** Servers send whole pages. */
export function wordsOf(error: unknown): string {
  const causes = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  const words = error instanceof Error ? `${error.message}${causes}` : String(error);
  return takeHead(words.replaceAll(/\s+/g, ' '), 500).toWellFormed();
}
