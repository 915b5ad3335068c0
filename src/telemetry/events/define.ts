/** The levels of log records, least important first, as the configuration key `logging.level` orders them. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * One kind of runtime event: the level of its log record, and when it is reported. `Level` and `Fields` exist at
 * compile time only: the levels at which a caller may log it, and the type of its data.
 */
export interface EventKind<Level extends LogLevel, Fields extends object> {
  /** The level of the record when the event is emitted; a caller that logs directly may use another allowed one. */
  level: LogLevel;
  description: string;
  /** Never present; they carry the types. */
  levels?: Level;
  fields?: Fields;
}

/** The fields of an event that has none. */
export type NoFields = Record<never, never>;

/** Declares a kind of runtime event, for some also a second level; its fields follow with `withFields`. */
export function defineEvent<Level extends LogLevel, Second extends LogLevel = Level>(
  level: Level,
  description: string,
  _second?: Second,
) {
  return {
    withFields: <Fields extends object>(): EventKind<Level | Second, Fields> => ({ level, description }),
  };
}
