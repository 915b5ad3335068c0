import type { ReferenceSnapshot } from '../../config/secrets/snapshot.ts';

/**
 * Messages from the supervisor to a generation over Node's IPC channel. A closed channel is a message too: a
 * generation without a supervisor drains and exits, and a supervisor without its generation handles a crash.
 *
 * The life of a generation: spawned → `boot` → `ready` (checks passed, its private socket answers) → `serve`
 * (rehearses while another generation serves) → `serving` → `drain` → `left` → exits with 0.
 */
export type ToGeneration =
  | {
      type: 'boot';
      home: string;
      /** In `rescue` mode the generation answers on the API, accepts messages and runs no session. */
      mode: 'normal' | 'rescue';
      listeners: ListeningSocket[];
      /** Path of the generation's private unix socket, for the supervisor and for later generations. */
      socket: string;
      config: AcceptedConfig;
    }
  /**
   * Start to serve. `alive`: earlier generations whose processes still run; every other earlier one is dead.
   * `served`: one of them serves until this one does, so no client waits. `crashed`: number of the generation that
   * served last, when it ended without having been told to while this supervisor watched; otherwise null.
   */
  | {
      type: 'serve';
      alive: EarlierGeneration[];
      served: boolean;
      crashed: number | null;
      notice: HandoverNotice;
    }
  | { type: 'apply'; config: AcceptedConfig }
  | { type: 'state'; state: DaemonState }
  /** An earlier generation has recorded which sessions it keeps; all its other sessions are free. */
  | { type: 'left'; generation: number }
  /** An earlier generation has given up this session, so that the receiver may run it. */
  | { type: 'moved'; generation: number; session: string }
  /** The process of an earlier generation has ended; all its sessions are free. */
  | { type: 'gone'; generation: number }
  /**
   * Start no new step, give up the sessions, exit; after `cap` ms cut the steps that still run. `to`: number of
   * the generation that takes over, null when none does.
   */
  | { type: 'drain'; reason: string; cap: number; to: number | null }
  | { type: 'answer'; request: number; answer: SupervisorReply };

export type BootMessage = Extract<ToGeneration, { type: 'boot' }>;

export type ToSupervisor =
  | { type: 'ready'; generation: number; version: string }
  | { type: 'serving' }
  /** Answer to `apply`: the configuration is in force in this generation. */
  | { type: 'applied'; revision: number }
  | { type: 'refused'; revision: number; reason: string }
  /**
   * After `drain`: the sessions that it keeps until their next step boundary, and those that were active but
   * parked. Sent after this is durable.
   */
  | { type: 'left'; sessions: SessionReport[] }
  | { type: 'moved'; session: string; how: 'boundary' | 'cut'; cut: string[] }
  /**
   * A leaving generation has accepted an input for a session that it does not run; the supervisor tells later
   * generations `moved`.
   */
  | { type: 'poke'; session: string }
  /** This generation has resumed a session that was active before. */
  | { type: 'resumed'; session: string }
  /** Request of an operator. `by`: principal of the client that sent it over HTTP. */
  | { type: 'ask'; request: number; what: SupervisorRequest; reason: string; by?: string | undefined };

export type SupervisorRequest = 'restart' | 'stop' | 'reload';

/**
 * Reply to `ask`. For `reload` it says what became of the file's present content: revision, how it was applied,
 * changed keys.
 */
export type SupervisorReply =
  | { what: 'restart' | 'stop'; handover: string | null }
  | {
      what: 'reload';
      revision: number;
      applied: 'none' | 'live' | 'handover';
      handover: string | null;
      keys: string[];
    }
  | { what: 'refused'; message: string };

/**
 * A listening socket that the generation inherits as file descriptor `fd`, and on which it accepts connections.
 */
export interface ListeningSocket {
  kind: 'tcp' | 'unix';
  fd: number;
  /** `host:port` of a TCP socket, or the path of a unix socket. */
  address: string;
}

export interface EarlierGeneration {
  generation: number;
  /** Path of the private socket of that generation. */
  socket: string;
}

/**
 * An accepted configuration as its source text. The receiver checks and resolves it again, with
 * the reference values in `given`.
 */
export interface AcceptedConfig {
  revision: number;
  source: string;
  /** `default` means that there is no configuration file. */
  origin: 'file' | 'default' | 'last-known-good';
  /**
   * Values of the references at the time of acceptance, so that a generation that starts later does not depend on
   * files that may be gone.
   */
  given: ReferenceSnapshot;
}

export type Cause = 'start' | 'config' | 'restart' | 'upgrade' | 'signal' | 'crash' | 'stop';

/** The handover that a generation's start is part of. It ends up in the notes to the sessions that were active. */
export interface HandoverNotice {
  id: string;
  cause: Cause;
  /** Why the handover happened, as a sentence part; never contains secret values. */
  reason: string;
  /**
   * Principal of the client that requested it; null when no client did. Absent in messages of releases up to 0.2.
   */
  by?: string | null;
  /** Changed configuration keys, as paths in text form. */
  keys: string[];
  revision: { from: number | null; to: number };
}

/**
 * What `/v1/status` shows beyond what a generation knows by itself. Sent to all generations whenever it changes.
 */
export interface DaemonState {
  mode: 'normal' | 'degraded' | 'rescue';
  reasons: string[];
  revision: { number: number; state: 'trial' | 'good' | 'failed' };
  /** Why the file's present content is not in force; null when it is. */
  problem: FileProblem | null;
  /** The current or latest handover; a daemon's start is not a handover. */
  handover: HandoverReport | null;
}

export interface FileProblem {
  message: string;
  problems: { path: string; line: number; column: number; message: string; hint?: string }[];
  /** When the problem was found, in ms since the epoch. */
  since: number;
}

export type HandoverPhase = 'wanted' | 'booting' | 'ready' | 'serving' | 'draining' | 'done' | 'failed';

export interface HandoverReport {
  /** Decimal number as text, counting up for the life of the home. */
  id: string;
  cause: Cause;
  reason: string;
  phase: HandoverPhase;
  /** Phases in order; `at` is the time of entry in ms since the epoch. */
  phases: { phase: string; at: number }[];
  /** Numbers of the former and the new generation; null when there is none. */
  from: number | null;
  to: number | null;
  revision: { from: number | null; to: number };
  keys: string[];
  failure: string | null;
  sessions: SessionReport[];
}

export interface SessionReport {
  session: string;
  state: 'running' | 'parked' | 'moved' | 'cut';
  /**
   * Steps in flight, as text for operators: "model call 7", "shell (7.1)". For a parked session what it waits for:
   * "retry", "approval", "child".
   */
  holding: string[];
  /** Milliseconds from the start of the drain until the session moved; null while it has not. */
  after: number | null;
  /**
   * Milliseconds from the start of the drain (after a crash: from the crash) until the next generation resumed the
   * session; null while it has not.
   */
  resumedAfter: number | null;
}
