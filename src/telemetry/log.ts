import { isatty } from 'node:tty';
import { type Level, pino } from 'pino';
import { type Output, openOutput } from './output.ts';
import { readable } from './readable.ts';

/** Writes one record; `message` is a short event name such as `generation:serving`. Never throws. */
export type Write = (fields: object, message: string) => void;

/** Every record can be found by the ids that `child` binds: `session`, `turn`, `generation`. */
export interface Logger extends Record<Level, Write> {
  child(bindings: Record<string, string | number>): Logger;
}

export interface LoggerOptions {
  /** The least important records that are written; default `info`. */
  level?: Level;
  /** `auto`, the default, is text on a terminal and JSON lines elsewhere. */
  format?: 'auto' | 'text' | 'json';
  /** Default: standard output. */
  destination?: Output;
  /** Takes the secrets out of a record; applied to each one as a whole. */
  redact?: (text: string) => string;
}

export function createLogger(options: LoggerOptions): Logger {
  const { level = 'info', format = 'auto', redact = (text) => text } = options;
  const output = options.destination ?? openOutput(STDOUT);
  const asText = format === 'text' || (format === 'auto' && !options.destination && isatty(STDOUT));
  const render = (line: string) => (asText ? readable(redact(line)) : redact(line));
  const { err } = pino.stdSerializers;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err, error: err },
    },
    { write: (line: string) => output.write(render(line)) },
  );
}

const STDOUT = 1;
