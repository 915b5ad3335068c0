import type { ChildTiming } from './wire/child.ts';

/** How patient we are with servers, in milliseconds. */
export interface McpTiming extends ChildTiming {
  /** For the handshake and the first list. Calls wait no longer for a server that starts. */
  start: number;
  /** The same for a server that is a process: package runners may download it first. */
  startProcess: number;
  /** For the answer to which revision of the protocol the server speaks; one that says nothing speaks an older one. */
  probe: number;
  /** Before the first repeated start; doubled up to `longestRetry`. */
  firstRetry: number;
  longestRetry: number;
  /** A connection that lasted so long was a good one: when it is lost, it is opened again at once. */
  stable: number;
  /** Between two looks at a list that the server says has changed. */
  refresh: number;
  /** For calls that run on a server when it leaves the configuration. */
  retire: number;
}

export const TIMING: McpTiming = {
  start: 60_000,
  startProcess: 600_000,
  probe: 10_000,
  firstRetry: 500,
  longestRetry: 60_000,
  stable: 10_000,
  refresh: 1_000,
  retire: 30_000,
  farewell: 300,
  grace: 1_000,
};
