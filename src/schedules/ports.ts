import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../runner/port/ports.ts';

/** What schedules and reminders depend on. */
export interface TimePorts {
  journal: Journal;
  generation: number;
  clock: Clock;
  /** Hands a new input to whoever runs the session; must not throw. */
  poke(session: string): void;
  /** What operators hear of; must not throw. */
  report(event: TimeEvent, about: Record<string, unknown>): void;
}

/** Runtime events of schedules and reminders. */
export type TimeEvent =
  /** When the message of a slot was delivered. */
  | 'schedule:fired'
  /** When slots passed that did not run. */
  | 'schedule:missed'
  /** When a reminder was delivered. */
  | 'reminder:fired'
  /** When the wall clock was set back. */
  | 'clock:set_back'
  /** When another generation has taken over what happens at a time. */
  | 'time:fenced'
  /** When something could not be looked at or written; it is tried again. */
  | 'time:failed';

/** A schedule as it is configured. */
export interface ScheduleSpec {
  name: string;
  when: When;
  session: string;
  agent: string;
  message: string;
  /** Milliseconds that a slot may be late and still run; `null` for any lateness. */
  maxLate: number | null;
  enabled: boolean;
}

export type When = { cron: string; timezone: string } | { every: number };
