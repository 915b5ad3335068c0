import { type EmitEvent, type EventIds, type EventName, RUNTIME_EVENTS } from './events/catalogue.ts';
import type { Logger } from './log.ts';

/** Hears of every event of a process, whatever the level of the log. Must not throw. */
export type EventListener = (event: EventName, fields: object, ids?: EventIds) => void;

/** The log as the bus uses it: an event may be written at any level, because the catalogue chooses it. */
interface EventLog {
  trace(fields: object, event: EventName): void;
  debug(fields: object, event: EventName): void;
  info(fields: object, event: EventName): void;
  warn(fields: object, event: EventName): void;
  error(fields: object, event: EventName): void;
  fatal(fields: object, event: EventName): void;
}

/**
 * Distributes the events of a process: each is written to the log at the level of the catalogue, then given to the
 * listeners, in the order in which they were added.
 */
export class RuntimeEventBus {
  readonly #log: EventLog;
  readonly #listeners: EventListener[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  subscribeListener(listener: EventListener): void {
    this.#listeners.push(listener);
  }

  /** Reports an event. It is bound to the bus, so that it can be passed on as a port. Never throws. */
  readonly emit: EmitEvent = (event: EventName, fields: object, ids?: EventIds): void => {
    this.#log[RUNTIME_EVENTS[event].level]({ ...ids, ...fields }, event);
    for (const listener of this.#listeners) listener(event, fields, ids);
  };
}
