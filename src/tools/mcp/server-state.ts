import type { EmitEvent } from '../../telemetry/events/catalogue.ts';
import type { ListedTool } from './offer/offer.ts';

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
  report: EmitEvent;
}

/** What a connection tells the server that it belongs to. */
export interface McpConnectionEvents {
  /** Called when the server reports that its tools have changed; the list must be read again. */
  toolsChanged(): void;
  /** Called once when the connection has ended or became unusable, also after `close`; `why` is the reason. */
  lost(why: string): void;
  /** Called with each line that the process wrote to its error output. */
  wroteError(text: string): void;
  report: EmitEvent;
}
