import type { Clock } from '../engine/port/ports.ts';
import type { TimeStore } from '../journal/time.ts';
import type { EmitEvent } from '../telemetry/events/catalogue.ts';

/**
 * Dependencies of schedules and reminders: the journal, the generation that runs them, the clock, the runner
 * and the log.
 */
export interface TimePorts {
  journal: TimeStore;
  generation: number;
  clock: Clock;
  /** Notifies the runner of a new input of the session; must not throw. */
  poke(session: string): void;
  /** Writes a runtime event to the operator's log; must not throw. */
  report: EmitEvent;
}

/** A schedule as it is configured. */
export interface ScheduleSpec {
  name: string;
  when: When;
  session: string;
  agent: string;
  message: string;
  /** Milliseconds that a slot may be late and still run; `null` for no limit. */
  maxLate: number | null;
  enabled: boolean;
}

export type When = { cron: string; timezone: string } | { every: number };
