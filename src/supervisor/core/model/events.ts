import type { ToSupervisor } from '../../ipc/messages.ts';
import type { ConfigContent, FileFinding } from './revision.ts';

/** What happens to a supervisor: requests, what generations say and do, and the results of its own effects. */
export type SupervisorEvent =
  | { type: 'started' }
  | { type: 'file_changed' }
  /** SIGHUP. */
  | { type: 'reload_requested'; reason: string }
  | { type: 'stop_requested'; reason: string; isInterrupt: boolean }
  | { type: 'generation_started'; generation: number; pid: number | null; socket: string | null }
  | { type: 'message_received'; generation: number; message: ToSupervisor }
  | { type: 'channel_closed'; generation: number }
  | ({ type: 'generation_exited'; generation: number } & ProcessExit)
  /** Answer to `probe`: null when the generation is healthy, else the fault as a sentence part. */
  | { type: 'probe_finished'; generation: number; fault: string | null }
  | { type: 'file_checked'; check: number; finding: FileFinding }
  | { type: 'good_revision_restored'; good: RestoredRevision | null }
  /** Answers to `acquire_socket` and `open_address`: null, or why the address cannot be used. */
  | { type: 'socket_acquired'; attempt: number; failure: string | null }
  | { type: 'address_opened'; attempt: number; failure: string | null }
  | { type: 'timer_fired'; timer: SupervisorTimer };

/** How a process ended; `failure` says why it could not be started at all. */
export interface ProcessExit {
  code: number | null;
  signal: string | null;
  failure: string | null;
  /** What the exit code means when the generation never served. */
  store: 'unavailable' | 'unusable' | null;
}

/** The last revision that survived its trial, with the keys in which it differs from the active one. */
export interface RestoredRevision {
  number: number;
  content: ConfigContent;
  keys: string[];
}

/**
 * A timer that the shell runs. `of` is the generation, revision, pause or change that it belongs to, so that a timer
 * that fires late is recognised.
 */
export interface SupervisorTimer {
  kind: 'boot' | 'kill' | 'health' | 'trial' | 'pause' | 'apply';
  of: number;
}
