import { isatty } from 'node:tty';
import type { CheckedConfig } from '../config/check.ts';
import { redactor, rememberSecrets } from '../config/redact.ts';
import type { Config } from '../config/resolve.ts';
import { createLogger, type Logger } from '../telemetry/log.ts';
import { type Output, openOutput } from '../telemetry/output.ts';

/** The supervisor's log. Its level, its format and the secrets that it hides follow the configuration. */
export class OwnLog {
  readonly #output: Output;
  readonly #terminal: boolean;
  #to: Logger;
  #settings = '';
  #secrets: string[] = [];

  /** `destination`: default standard output. */
  constructor(destination?: Output) {
    this.#output = destination ?? openOutput(STDOUT);
    this.#terminal = !destination && isatty(STDOUT);
    this.#to = this.#create({ level: 'info', format: 'auto' }, []);
  }

  follow({ config, secrets }: CheckedConfig): void {
    const { level, format } = config.logging;
    const settings = JSON.stringify([level, format, secrets]);
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.#secrets = rememberSecrets(secrets, this.#secrets);
    this.#to = this.#create({ level, format }, this.#secrets);
  }

  #create({ level, format }: Config['logging'], secrets: readonly string[]): Logger {
    return createLogger({
      level,
      format: format === 'auto' && this.#terminal ? 'text' : format,
      destination: this.#output,
      redact: redactor(secrets),
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
