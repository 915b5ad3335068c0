import { isatty } from 'node:tty';
import type { CheckedConfig } from '../../config/check/check.ts';
import type { Config } from '../../config/schema/resolve.ts';
import { rememberSecrets } from '../../config/secrets/redact.ts';
import { createLogger, type Logger } from '../../telemetry/log.ts';
import { type LogFile, openLogFile, type Rotation } from '../../telemetry/log-file.ts';
import { type Output, openOutput } from '../../telemetry/output.ts';
import { createMask } from '../../util/mask.ts';
import type { LogRecord } from '../core/model/log.ts';

/** Interval in ms between two checks whether the log file has to be rotated. */
const ROTATION_CHECK_INTERVAL = 5000;

/**
 * The supervisor's log. Its level, its format and the secrets that it hides follow the active configuration. When
 * standard output is the log file of the home, the supervisor rotates that file for all processes of the daemon.
 */
export class SupervisorLog {
  readonly #file: LogFile | null;
  readonly #output: Output;
  readonly #terminal: boolean;
  #logger: Logger;
  #settings = '';
  #timer: NodeJS.Timeout | undefined;
  #secrets: string[] = [];

  /** `path` is the log file of the home; `destination` receives the records instead of standard output. */
  constructor(path: string, destination?: Output) {
    this.#file = destination ? null : openLogFile(STDOUT, path);
    this.#output = destination ?? openOutput(() => this.#file?.currentFd() ?? STDOUT);
    this.#terminal = !destination && isatty(STDOUT);
    this.#logger = this.#createLogger({ level: 'info', format: 'auto' }, []);
  }

  /**
   * Standard output and standard error for new processes of the daemon: a descriptor of the log file, or `inherit`
   * when there is none.
   */
  get output(): number | 'inherit' {
    return this.#file?.currentFd() ?? 'inherit';
  }

  applyLogging({ config, secrets }: CheckedConfig): void {
    const { level, format } = config.logging;
    const settings = JSON.stringify([config.logging, secrets]);
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.#scheduleRotation(config.logging);
    this.#secrets = rememberSecrets(secrets, this.#secrets);
    this.#logger = this.#createLogger({ level, format }, this.#secrets);
  }

  #scheduleRotation(rotation: Rotation): void {
    clearInterval(this.#timer);
    this.#file?.rotateIfDue(rotation);
    if (this.#file)
      this.#timer = setInterval(() => this.#file?.rotateIfDue(rotation), ROTATION_CHECK_INTERVAL).unref();
  }

  #createLogger(
    { level, format }: Pick<Config['logging'], 'level' | 'format'>,
    secrets: readonly string[],
  ): Logger {
    return createLogger({
      level,
      format: format === 'auto' && this.#terminal ? 'text' : format,
      destination: this.#output,
      redact: createMask(secrets),
    });
  }

  readonly log: Logger = {
    trace: (fields, message) => this.#logger.trace(fields, message),
    debug: (fields, message) => this.#logger.debug(fields, message),
    info: (fields, message) => this.#logger.info(fields, message),
    warn: (fields, message) => this.#logger.warn(fields, message),
    error: (fields, message) => this.#logger.error(fields, message),
    fatal: (fields, message) => this.#logger.fatal(fields, message),
    child: (bindings) => this.#logger.child(bindings),
  };
}

const STDOUT = 1;

/** Writes a record that the supervisor's core has decided. */
export function writeLogRecord(log: Logger, [level, event, fields]: LogRecord): void {
  if (level === 'debug') log.debug(fields, event);
  if (level === 'info') log.info(fields, event);
  if (level === 'warn') log.warn(fields, event);
  if (level === 'error') log.error(fields, event);
  if (level === 'fatal') log.fatal(fields, event);
}
