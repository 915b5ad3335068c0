import { isatty } from 'node:tty';
import { pino } from 'pino';
import type { EventFields, EventsAt } from './events/catalogue.ts';
import type { LogLevel } from './events/define.ts';
import { type Output, openOutput } from './output.ts';
import { formatRecord } from './readable.ts';

/**
 * The log of a process. A record is an event of the catalogue with its fields, at a level that the catalogue allows
 * for it; writing never throws. Records can be found by the ids that `child` binds: `session`,
 * `turn`, `generation`.
 */
export interface Logger {
  trace<Name extends EventsAt<'trace'>>(fields: EventFields<Name>, event: Name): void;
  debug<Name extends EventsAt<'debug'>>(fields: EventFields<Name>, event: Name): void;
  info<Name extends EventsAt<'info'>>(fields: EventFields<Name>, event: Name): void;
  warn<Name extends EventsAt<'warn'>>(fields: EventFields<Name>, event: Name): void;
  error<Name extends EventsAt<'error'>>(fields: EventFields<Name>, event: Name): void;
  fatal<Name extends EventsAt<'fatal'>>(fields: EventFields<Name>, event: Name): void;
  child(bindings: Record<string, string | number>): Logger;
}

/** A logger whose settings can change while it is used; its children follow the change. */
export interface RootLogger extends Logger {
  configure(settings: LogSettings): void;
}

export interface LogSettings {
  /** The lowest level that is written; default `info`. Records below it are dropped before they are rendered. */
  level?: LogLevel;
  /** `auto`, the default, writes text on a terminal and JSON lines elsewhere. */
  format?: 'auto' | 'text' | 'json';
  /** Removes secrets from a record; called with each rendered record as a whole. */
  redact?: (text: string) => string;
}

export interface LoggerOptions extends LogSettings {
  /** Receives the rendered records, one line each; default: standard output, through a queue that never blocks. */
  destination?: Output;
}

export function createLogger({ destination, ...settings }: LoggerOptions): RootLogger {
  const output = destination ?? openOutput(() => STDOUT);
  const terminal = !destination && isatty(STDOUT);
  const loggers: { level: string }[] = [];
  let render = createRenderer(settings, terminal);
  const { err } = pino.stdSerializers;
  const root = pino(
    {
      level: settings.level ?? 'info',
      onChild: (child) => loggers.push(child),
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err, error: err },
    },
    { write: (line: string) => output.write(render(line)) },
  );
  loggers.push(root);
  return Object.assign(root, {
    configure(next: LogSettings) {
      render = createRenderer(next, terminal);
      for (const logger of loggers) logger.level = next.level ?? 'info';
    },
  });
}

function createRenderer({ format = 'auto', redact = (text) => text }: LogSettings, terminal: boolean) {
  const asText = format === 'text' || (format === 'auto' && terminal);
  return (line: string) => (asText ? formatRecord(redact(line)) : redact(line));
}

const STDOUT = 1;
