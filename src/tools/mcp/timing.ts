import type { ServerProcessTiming } from './wire/child.ts';

/** The time limits and delays for MCP servers, all in milliseconds. */
export interface McpTiming extends ServerProcessTiming {
  /** The limit for handshake and first tool list; calls wait this long at most for a server that is starting. */
  start: number;
  /** The same limit for a stdio server, which is longer because package runners may download it first. */
  startProcess: number;
  /**
   * The limit for the answer to the revision probe; a server that does not answer is assumed to speak an older one.
   */
  probe: number;
  /** The delay before the first repeated start; it doubles with each failure up to `longestRetry`. */
  firstRetry: number;
  longestRetry: number;
  /** A connection that lasted at least this long is stable: when it is lost, it is reopened at once. */
  stable: number;
  /** The minimum interval between two reads of a tool list that the server reports as changed. */
  refresh: number;
  /** The time that running calls have to end when their server leaves the configuration. */
  retire: number;
}

/** The timing of production; tests pass shorter values. */
export const DEFAULT_MCP_TIMING: McpTiming = {
  start: 60_000,
  startProcess: 600_000,
  probe: 10_000,
  firstRetry: 500,
  longestRetry: 60_000,
  stable: 10_000,
  refresh: 1_000,
  retire: 30_000,
  inputClosed: 300,
  grace: 1_000,
};
