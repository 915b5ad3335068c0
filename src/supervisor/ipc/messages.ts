import type { Given } from '../../config/secrets/references.ts';

/**
 * What the supervisor and a generation say to each other over Node's IPC channel. Closing the channel is a message
 * too: a generation without a supervisor drains and exits, a supervisor without its generation handles a crash.
 *
 * A generation's life: spawned → `boot` → `ready` (checks passed, its private socket answers) → `serve` (rehearses
 * when nobody waits) → `serving` → `drain` → `left` → exits with 0.
 */
export type ToGeneration =
  | {
      type: 'boot';
      home: string;
      /** `rescue`: answer on the API, run no session. */
      mode: 'normal' | 'rescue';
      listeners: Listener[];
      /** Path of its private unix socket. */
      socket: string;
      config: AcceptedConfig;
    }
  /**
   * `alive`: earlier generations whose processes still run; every other earlier one is dead. `served`: one of them
   * serves until this one does, so no client waits. `crashed`: the generation that served last, when it ended without
   * being told to while this supervisor watched; otherwise null.
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
  /** An earlier generation has recorded what it keeps; everything else of it is free. */
  | { type: 'left'; generation: number }
  /** An earlier generation has let go of this session. */
  | { type: 'moved'; generation: number; session: string }
  /** An earlier generation's process has ended. */
  | { type: 'gone'; generation: number }
  /** Start no new step, hand over, exit; after `cap` ms cut what is left. `to`: who takes over, null when nobody does now. */
  | { type: 'drain'; reason: string; cap: number; to: number | null }
  | { type: 'answer'; request: number; answer: Answer };

export type Boot = Extract<ToGeneration, { type: 'boot' }>;

export type ToSupervisor =
  | { type: 'ready'; generation: number; version: string }
  | { type: 'serving' }
  /** Its answer to `apply`. */
  | { type: 'applied'; revision: number }
  | { type: 'refused'; revision: number; reason: string }
  /** After `drain`: what it keeps until the next boundary, and what was active but parked. Durable before it is said. */
  | { type: 'left'; sessions: SessionReport[] }
  | { type: 'moved'; session: string; how: 'boundary' | 'cut'; cut: string[] }
  /** A leaving generation took an input for a session that it does not run: later ones are told `moved`. */
  | { type: 'poke'; session: string }
  /** An active session goes on in this generation. */
  | { type: 'resumed'; session: string }
  /** `by`: who asked over HTTP. */
  | { type: 'ask'; request: number; what: Question; reason: string; by?: string | undefined };

export type Question = 'restart' | 'stop' | 'reload';

/** Answer to `ask`. `reload`: what became of the file's present content. */
export type Answer =
  | { what: 'restart' | 'stop'; handover: string | null }
  | {
      what: 'reload';
      revision: number;
      applied: 'none' | 'live' | 'handover';
      handover: string | null;
      keys: string[];
    }
  | { what: 'refused'; message: string };

/** A listening socket that the generation inherits as file descriptor `fd`. */
export interface Listener {
  kind: 'tcp' | 'unix';
  fd: number;
  /** `host:port`, or the socket's path. */
  address: string;
}

export interface EarlierGeneration {
  generation: number;
  /** Its private socket. */
  socket: string;
}

/** A configuration that was accepted, as its source text; the receiver checks and resolves it again. */
export interface AcceptedConfig {
  revision: number;
  source: string;
  /** `default`: there is no file. */
  origin: 'file' | 'default' | 'last-known-good';
  /** A generation that begins later takes its references as they were; the files may be gone. */
  given: Given;
}

export type Cause = 'start' | 'config' | 'restart' | 'upgrade' | 'signal' | 'crash' | 'stop';

/** What a start is part of; it ends up in the notes to the sessions that were active. */
export interface HandoverNotice {
  id: string;
  cause: Cause;
  /** In words, never with secret values. */
  reason: string;
  /** Who asked; null when no client did. Releases up to 0.2 do not say. */
  by?: string | null;
  /** Changed configuration keys (paths as text). */
  keys: string[];
  revision: { from: number | null; to: number };
}

/** What `/v1/status` says beyond what the generation knows by itself. Pushed whenever it changes. */
export interface DaemonState {
  mode: 'normal' | 'degraded' | 'rescue';
  reasons: string[];
  revision: { number: number; state: 'trial' | 'good' | 'failed' };
  /** Why the file's present content does not run; null when it does. */
  problem: FileProblem | null;
  /** The current or last handover; a daemon's start is none. */
  handover: HandoverReport | null;
}

export interface FileProblem {
  message: string;
  problems: { path: string; line: number; column: number; message: string; hint?: string }[];
  /** In ms since the epoch. */
  since: number;
}

export type Phase = 'wanted' | 'booting' | 'ready' | 'serving' | 'draining' | 'done' | 'failed';

export interface HandoverReport {
  /** A decimal number as text, counting up for the life of the home. */
  id: string;
  cause: Cause;
  reason: string;
  phase: Phase;
  /** `at` in ms since the epoch. */
  phases: { phase: string; at: number }[];
  /** Generation numbers. */
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
  /** What it holds, for people: "model call 7", "shell (7.1)"; for parked ones what they wait for: "retry", "approval", "child". */
  holding: string[];
  /** Milliseconds from the drain until it moved; null while it has not. */
  after: number | null;
  /** Milliseconds from the drain (for a crash: from the crash) until the next generation went on with it. */
  resumedAfter: number | null;
}
