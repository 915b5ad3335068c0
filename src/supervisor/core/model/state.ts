import type { Cause } from '../../ipc/messages.ts';
import type { CrashPolicy, CrashRecord } from './crash-policy.ts';
import type { GenerationMode, GenerationRecord } from './generation.ts';
import type { HealthPolicy } from './health-policy.ts';
import type { ReportHead } from './report.ts';
import type { ActiveRevision, ConfigState } from './revision.ts';

/** What one supervisor is started with; never changes. */
export interface SupervisorSettings {
  /** Time in ms from the start of a generation until it must serve; after that it is killed. */
  bootLimit: number;
  crashPolicy: CrashPolicy;
  healthPolicy: HealthPolicy;
  /** Reason of the first handover report, as a sentence part, e.g. "the daemon was started". */
  startReason: string;
  /** True when the previous supervisor of this home was killed, so that its sessions were cut without notice. */
  killedBefore: boolean;
}

/** A requested handover that has not begun. All requests until then are fulfilled by this one handover. */
export interface HandoverRequest {
  id: string;
  cause: Cause;
  reason: string;
  /** Principal of the client that requested it; null when a signal or the configuration file did. */
  by: string | null;
  /** When it was first requested, in ms since the epoch. */
  at: number;
  /** True when an operator or client asked for it, so that a configuration that has failed is tried again. */
  again: boolean;
}

/** A request to check the configuration file: by the file watcher, SIGHUP, or a client that waits for the reply. */
export type FileCheckRequest =
  | { by: 'watch' }
  | { by: 'signal'; reason: string }
  | { by: 'client'; generation: number; request: number };

/**
 * Pending requests. They are merged, not queued: any number of restarts is one restart, and a stop wins over
 * everything and stays.
 */
export interface RequestState {
  stop: { id: string; reason: string } | null;
  /** Number of times that Ctrl-C came; the second one ends every drain. */
  interrupts: number;
  handover: HandoverRequest | null;
  checks: readonly FileCheckRequest[];
  /** Number of file checks requested so far; it tells whether a new request came since the last check. */
  checkCount: number;
}

/** A check of the configuration file whose result has not arrived. At most one is under way. */
export interface RunningCheck {
  id: number;
  /** The requests that it answers; empty for a check that the supervisor makes for itself. */
  requests: readonly FileCheckRequest[];
  /** Content that has failed before is tried again. */
  again: boolean;
}

/** Brings the daemon to serve when no generation does: at its start and after a crash. Writes one report. */
export interface ColdStartTask {
  kind: 'cold_start';
  report: ReportHead;
  /**
   * waiting → for its pause and for requests, opening → the address of a changed file, binding → the socket of the
   * next candidate, booting → the candidate
   */
  step: 'waiting' | 'opening' | 'binding' | 'booting';
  pause: 'due' | 'running' | 'over';
  /** A restart that was requested and is fulfilled by the next candidate. */
  wanted: boolean;
  /** Number of the address, pause or candidate that it waits for. */
  attempt: number;
  revision: ActiveRevision;
  mode: GenerationMode;
  /** The requests that wait for the address of a changed file; empty in the other steps. */
  asked: readonly FileCheckRequest[];
}

/** Replaces the serving generation because a client, a signal or a changed configuration requested it. */
export interface HandoverTask {
  kind: 'handover';
  request: HandoverRequest;
  /** checking → the newest content of the file, binding → its socket, booting → the candidate */
  step: 'checking' | 'binding' | 'booting';
  report: ReportHead;
  attempt: number;
  revision: ActiveRevision;
  mode: GenerationMode;
  /** True when the handover tries a new revision, which fails with it. */
  proposed: boolean;
  /** Value of `checkCount` at the last check that was made meanwhile. */
  checkCount: number;
}

/** Waits until the serving generation has applied a changed configuration. */
export interface LiveChangeTask {
  kind: 'live_change';
  id: number;
  generation: number;
  revision: ActiveRevision;
  requests: readonly FileCheckRequest[];
}

/** What the supervisor does now; it does one thing at a time. */
export type SupervisorTask =
  | { kind: 'none' }
  | ColdStartTask
  | HandoverTask
  | LiveChangeTask
  /** Every generation drains. `report` is null when the report leaves with the generation that served. */
  | { kind: 'stopping'; report: ReportHead | null }
  | { kind: 'ended' };

/** A generation on trial has failed; waits for the last good revision. */
export interface FallBack {
  exit: GenerationEnd;
  /** Number of the revision that failed. */
  revision: number;
  /** No further attempt can succeed unless there is another revision. */
  isHopeless: boolean;
}

/** How a generation ended. */
export interface GenerationEnd {
  /** A sentence part such as "exited with code 1". */
  end: string;
  /** What the exit code of a generation that never served says about the store. */
  store: 'unavailable' | 'unusable' | null;
  /** How long the generation had served, in ms; null when it never served. */
  served: number | null;
  /** True when it exited by itself with code 0 after it was told to drain. */
  drained: boolean;
}

/** Crashes of this supervisor's generations, for pauses and rescue mode. */
export interface CrashState {
  record: CrashRecord;
  /** How the latest generation ended, as a sentence part. */
  lastEnd: string;
}

/**
 * Everything that the supervisor's decisions depend on. Generations, oldest first: any number that drain, at most one
 * that serves, at most one candidate (booting, ready or starting).
 */
export interface SupervisorState {
  settings: SupervisorSettings;
  generations: readonly GenerationRecord[];
  /** The generation that serves or served last; null when none of this supervisor has served yet. */
  lastServing: { number: number | null; version: string | null; revision: number } | null;
  /** Number of the generation that ended without having been told to, until another one runs sessions. */
  crashed: number | null;
  requests: RequestState;
  check: RunningCheck | null;
  task: SupervisorTask;
  crashes: CrashState;
  fallBack: FallBack | null;
  config: ConfigState;
  /** A changed configuration that was applied before the handover that it has to wait for. */
  ahead: ActiveRevision | null;
  /** The highest id of a report, and the last number given to an attempt, a check or a change. */
  lastReport: number;
  lastId: number;
}
