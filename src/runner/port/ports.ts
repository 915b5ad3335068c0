import type { Handover } from '../../core/model/events.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Models } from '../../models/port/model.ts';
import type { ToolSet } from '../../tools/port/tool.ts';
import type { LiveText } from './live-text.ts';
import type { SecretPort } from './secrets.ts';
import type { Settings } from './settings.ts';

/** All that running sessions depends on. */
export interface RunnerPorts {
  journal: Journal;
  models: Models;
  tools: ToolSet;
  liveText: LiveText;
  settings(): Settings;
  secrets(): SecretPort;
  generation: number;
  /** A session, here or elsewhere, has a new input from one of ours. */
  sent(session: string): void;
  /** Why this generation goes on with what others began. */
  handover(): Handover;
  clock: Clock;
  report: Report;
}

/** The wall clock may be set or the machine may sleep: who waits looks at it this often, in milliseconds. */
export const LOOK_EVERY = 30_000;

/** Time is given, so that tests own it. */
export interface Clock {
  now(): number;
  /** Calls back once after `delay` milliseconds; does not keep the process alive. Returns the canceller. */
  after(delay: number, callback: () => void): () => void;
}

/** What operators hear of; must not throw. */
export type Report = (event: RunnerEvent, about: Record<string, unknown>) => void;

/** Runtime events of the runner. */
export type RunnerEvent =
  /** When a session with unfinished work was loaded after a start. */
  | 'session:resumed'
  /** When an open turn of another generation goes on in this one. */
  | 'session:taken_over'
  /** When a session cannot be loaded; it is set aside. */
  | 'session:damaged'
  /** When a session was taken out of circulation because its turn kept killing the daemon. */
  | 'session:quarantined'
  /** When another generation took the session; this one stops working on it. */
  | 'session:fenced'
  /** When the journal refused a write and the session waits to try again. */
  | 'journal:unavailable'
  /** When a turn ended. */
  | 'turn:finished'
  /** When a turn used up one of its limits and ends for it. */
  | 'turn:limit'
  /** When a tool call brought a result. */
  | 'tool:finished'
  /** When a tool call was not run: denied, unknown, unusable arguments, or cancelled before it began. */
  | 'tool:refused'
  /** When a tool call was cut and may or may not have had its effect. */
  | 'tool:unknown'
  /** When a call begins to wait for an approver. */
  | 'approval:requested'
  /** When an approval was decided, expired or became superfluous. */
  | 'approval:resolved'
  /** When a model call did not bring an answer. */
  | 'model:interrupted'
  /** When a model call ended for a reason that is unknown here; its answer counts as complete. */
  | 'model:unknown_finish'
  /** When something failed that should not be able to. */
  | 'runner:failed';

export const systemClock: Clock = {
  now: Date.now,
  after(delay, callback) {
    const timer = setTimeout(callback, Math.min(delay, 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
