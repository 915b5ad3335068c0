import type { ToGeneration, ToSupervisor } from '../../ipc/messages.ts';
import type { SupervisorTimer } from './events.ts';
import type { GenerationMode } from './generation.ts';
import type { LogRecord } from './log.ts';
import type { ReportHead } from './report.ts';
import type { ActiveRevision, ConfigContent } from './revision.ts';

/** What the shell does for the supervisor's core. Effects are performed in their order; none of them may throw. */
export type SupervisorEffect =
  | { type: 'log'; record: LogRecord }
  | { type: 'arm_timer'; timer: SupervisorTimer; ms: number }
  | { type: 'disarm_timer'; timer: SupervisorTimer }
  | ConfigEffect
  | SocketEffect
  | GenerationEffect
  | ReportEffect
  /** The state that `/v1/status` shows has changed: send it to all generations that are ready. */
  | { type: 'publish_state' }
  | { type: 'write_status' }
  | { type: 'notify_stopping'; reason: string }
  | { type: 'finish'; exitCode: number; reason: string };

export type ConfigEffect =
  /** Read and check the file, compare it with the active content. Answered by `file_checked`. */
  | { type: 'check_file'; check: number; active: ConfigContent; wantsDefaults: boolean }
  /** Answered by `good_revision_restored`. */
  | { type: 'restore_good_revision'; active: ConfigContent }
  | { type: 'add_revision'; revision: ActiveRevision }
  | {
      type: 'mark_revision';
      number: number;
      state: 'trial' | 'good' | 'failed' | 'replaced';
      reason?: string;
    }
  /** The text of a revision has changed, its meaning has not. */
  | { type: 'refresh_revision'; number: number; content: ConfigContent };

export type SocketEffect =
  /**
   * Bind the address for this attempt. `orPresent`: use the present socket when that fails. Answered by
   * `socket_acquired`.
   */
  | { type: 'acquire_socket'; attempt: number; listen: string; orPresent: boolean }
  /** The generation of this attempt accepts on its socket; it is the daemon's own from now on. */
  | { type: 'adopt_socket'; attempt: number }
  | { type: 'discard_socket'; attempt: number }
  /** Listen at the address while no generation serves. Answered by `address_opened`. */
  | { type: 'open_address'; attempt: number; listen: string };

export type GenerationEffect =
  /** Start a process with the socket of this attempt. Answered by `generation_started` or `generation_exited`. */
  | { type: 'start_generation'; generation: number; mode: GenerationMode; revision: ActiveRevision }
  | { type: 'send'; to: number; message: Exclude<ToGeneration, { type: 'boot' | 'apply' | 'state' }> }
  | { type: 'apply_config'; to: readonly number[]; revision: ActiveRevision }
  | { type: 'send_state'; to: number }
  | { type: 'kill'; generation: number }
  /** Answered by `probe_finished`. */
  | { type: 'probe'; generation: number; socket: string };

export type ReportEffect =
  /** Write a report for a handover that has to wait, so that the client that requested it can look it up. */
  | { type: 'reserve_report'; report: ReportHead }
  /** A handover begins with this report. */
  | { type: 'open_report'; report: ReportHead }
  | { type: 'write_report'; report: ReportHead }
  /** A generation says something about its sessions, which belongs to this report. */
  | { type: 'report_sessions'; report: string; message: SessionNews; clock: number };

export type SessionNews = Extract<ToSupervisor, { type: 'left' | 'moved' | 'resumed' }>;
