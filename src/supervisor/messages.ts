/**
 * What the supervisor and a generation say to each other over Node's IPC channel. Closing the channel is a message
 * too: a generation without a supervisor drains and exits, a supervisor without its generation handles a crash.
 *
 * A generation's life: spawned → `boot` → `ready` (checks passed) → `serve` → `serving` → `drain` → exits with 0.
 */
export type ToGeneration =
  | {
      type: 'boot';
      home: string;
      /** `rescue`: answer on the API, run no session. */
      mode: 'normal' | 'rescue';
      reasons: string[];
      listeners: Listener[];
      /** How the previous generation of this supervisor ended, if one did. */
      previous: { pid: number; end: string; at: number } | null;
    }
  | { type: 'serve' }
  /** Start no new step; exit when those in flight have ended or after `cap` milliseconds. */
  | { type: 'drain'; reason: string; cap: number };

export type ToSupervisor =
  | { type: 'ready'; generation: number }
  | { type: 'serving' }
  | { type: 'draining'; steps: number }
  /** A client asked for it through the API. */
  | { type: 'wanted'; what: 'stop' | 'restart'; reason: string };

/** A listening socket that the generation inherits as file descriptor `fd`. */
export interface Listener {
  kind: 'tcp' | 'unix';
  fd: number;
  /** `host:port`, or the socket's path. */
  address: string;
}
