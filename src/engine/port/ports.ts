import type { SessionHandover } from '../../core/model/events.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Models } from '../../models/port/model.ts';
import type { ToolSet } from '../../tools/port/tool.ts';
import type { LiveStream } from './live-stream.ts';
import type { SecretPort } from './secrets.ts';
import type { Settings } from './settings.ts';

/** Everything that running sessions depend on: the journal, models, tools, settings, the clock and the log. */
export interface RunnerPorts {
  journal: Journal;
  models: Models;
  tools: ToolSet;
  liveStream: LiveStream;
  settings(): Settings;
  secrets(): SecretPort;
  generation: number;
  /**
   * Called when a session of this generation has delivered an input to another session, which may run in
   * another process.
   */
  sent(session: string): void;
  /** Why this generation continues the work of an earlier one; the model is told in a notice. */
  describeHandover(): SessionHandover;
  clock: Clock;
  report: Report;
}

/**
 * Longest delay of a timer, in milliseconds. Timers do not notice that the wall clock was set or the machine
 * slept, so each waiter checks the time this often.
 */
export const MAX_TIMER_DELAY = 30_000;

/** Time as a dependency, so that tests control the wall clock and the timers. */
export interface Clock {
  now(): number;
  /**
   * Calls back once after `delay` milliseconds; the timer does not keep the process alive. Returns the
   * function that cancels it.
   */
  after(delay: number, callback: () => void): () => void;
}

/** Writes a runtime event with its fields to the operator's log; must not throw. */
export type Report = (event: RunnerEvent, about: Record<string, unknown>) => void;

/** Names of the runner's events in the operator's log. */
export type RunnerEvent =
  /** A session with unfinished work was loaded after a start. */
  | 'session:resumed'
  /** This generation continues an open turn of another generation. */
  | 'session:taken_over'
  /** A session cannot be loaded; it is set aside. */
  | 'session:damaged'
  /** A session was quarantined because its turn kept killing the daemon. */
  | 'session:quarantined'
  /** Another generation took the session; this one stops working on it. */
  | 'session:fenced'
  /** The journal refused a write; the session retries it. */
  | 'journal:unavailable'
  /** A turn ended. */
  | 'turn:finished'
  /** A turn used up one of its limits and ends because of it. */
  | 'turn:limit'
  /** A tool call returned a result. */
  | 'tool:finished'
  /** A tool call was not run: denied, unknown tool, invalid arguments, or cancelled before it started. */
  | 'tool:refused'
  /** A tool call was cut; whether it had its effect is unknown. */
  | 'tool:unknown'
  /** A call started to wait for an approver. */
  | 'approval:requested'
  /** An approval was decided, expired or became superfluous. */
  | 'approval:resolved'
  /** A model call ended without an answer. */
  | 'model:interrupted'
  /** A model call ended with a finish reason that this release does not know; its answer counts as complete. */
  | 'model:unknown_finish'
  /** An error that indicates a bug in the runner. */
  | 'runner:failed'
  /** This generation has resumed the unfinished sessions that no generation owned. */
  | 'generation:resumed'
  /** It could not be determined whether a session with a new input is free; a later occasion resumes it. */
  | 'generation:look_failed'
  /** A recurring chore failed; it is tried again at its next time. */
  | 'housekeeping:failed';

export const systemClock: Clock = {
  now: Date.now,
  after(delay, callback) {
    const timer = setTimeout(callback, Math.min(delay, 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
