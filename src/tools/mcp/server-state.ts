import type { ListedTool } from './offer/offer.ts';
import type { McpReport } from './report.ts';

/**
 * The state of one MCP server, which is kept connected.
 *
 *   starting     a connection is being opened; calls wait for it
 *   ready        connected and its tools are known, until the connection is lost
 *   failed       the last attempt failed, or a connection was lost soon; the next attempt is scheduled
 *   needs_login  like failed, because a login is missing; the next attempt follows the login at once
 *   closed       the process or connection is gone; final
 */
export type McpState = 'starting' | 'ready' | 'failed' | 'needs_login' | 'closed';

export interface McpServerEvents {
  /** Called when the tool list was read and differs from the previous one. */
  listed(tools: readonly ListedTool[]): void;
  report: McpReport;
}
