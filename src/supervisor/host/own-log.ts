import { isatty } from 'node:tty';
import type { CheckedConfig } from '../../config/check/check.ts';
import type { Config } from '../../config/schema/resolve.ts';
import { rememberSecrets } from '../../config/secrets/redact.ts';
import { createLogger, type Logger } from '../../telemetry/log.ts';
import { type LogFile, openLogFile, type Rotation } from '../../telemetry/log-file.ts';
import { type Output, openOutput } from '../../telemetry/output.ts';
import { createMask } from '../../util/mask.ts';

/** Interval in ms between two checks whether the log file has to be rotated. */
const ROTATE_EVERY = 5000;

/**
 * The supervisor's log. Its level, its format and the secrets that it hides follow the active configuration. When
 * standard output is the log file of the home, the supervisor rotates that file for all processes of the daemon.
 */
export class OwnLog {
  readonly #file: LogFile | null;
  readonly #output: Output;
  readonly #terminal: boolean;
  #to: Logger;
  #settings = '';
  #timer: NodeJS.Timeout | undefined;
  #secrets: string[] = [];

  /** `path` is the log file of the home; `destination` receives the records instead of standard output. */
  constructor(path: string, destination?: Output) {
    this.#file = destination ? null : openLogFile(STDOUT, path);
    this.#output = destination ?? openOutput(() => this.#file?.fd() ?? STDOUT);
    this.#terminal = !destination && isatty(STDOUT);
    this.#to = this.#create({ level: 'info', format: 'auto' }, []);
  }

  /**
   * Standard output and standard error for new processes of the daemon: a descriptor of the log file, or `inherit`
   * when there is none.
   */
  get output(): number | 'inherit' {
    return this.#file?.fd() ?? 'inherit';
  }

  follow({ config, secrets }: CheckedConfig): void {
    const { level, format } = config.logging;
    const settings = JSON.stringify([config.logging, secrets]);
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.#rotate(config.logging);
    this.#secrets = rememberSecrets(secrets, this.#secrets);
    this.#to = this.#create({ level, format }, this.#secrets);
  }

  #rotate(rotation: Rotation): void {
    clearInterval(this.#timer);
    this.#file?.rotate(rotation);
    if (this.#file) this.#timer = setInterval(() => this.#file?.rotate(rotation), ROTATE_EVERY).unref();
  }

  #create(
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
    trace: (fields, message) => this.#to.trace(fields, message),
    debug: (fields, message) => this.#to.debug(fields, message),
    info: (fields, message) => this.#to.info(fields, message),
    warn: (fields, message) => this.#to.warn(fields, message),
    error: (fields, message) => this.#to.error(fields, message),
    fatal: (fields, message) => this.#to.fatal(fields, message),
    child: (bindings) => this.#to.child(bindings),
  };
}

const STDOUT = 1;
