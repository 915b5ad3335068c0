import { DAEMON_EVENTS } from './daemon-events.ts';
import type { EventKind, LogLevel } from './define.ts';
import { SERVICE_EVENTS } from './service-events.ts';
import { SESSION_EVENTS } from './session-events.ts';

/**
 * Every event that the daemon reports about itself. The log, the metrics and the tests use these names; the journal
 * of a session is another thing: it holds what happened to a conversation.
 */
export const RUNTIME_EVENTS = { ...DAEMON_EVENTS, ...SESSION_EVENTS, ...SERVICE_EVENTS };

export type EventName = keyof typeof RUNTIME_EVENTS;

/** The data that an event is reported with; names and types of its members are part of the log format. */
export type EventFields<Name extends EventName> =
  (typeof RUNTIME_EVENTS)[Name] extends EventKind<LogLevel, infer Fields> ? Fields : never;

/** The events that may be logged at a level; the type checker refuses any other combination of name and level. */
export type EventsAt<Level extends LogLevel> = {
  [Name in EventName]: (typeof RUNTIME_EVENTS)[Name] extends EventKind<infer Levels, object>
    ? Level extends Levels
      ? Name
      : never
    : never;
}[EventName];

/** Ids that an event is reported with besides its fields. */
export interface EventIds {
  /** Name of the MCP server, as in the configuration. */
  server?: string;
}

/** Reports an event to the log and to every listener. Never throws, so that a fault of the log ends no turn. */
export type EmitEvent = <Name extends EventName>(
  event: Name,
  fields: EventFields<Name>,
  ids?: EventIds,
) => void;
