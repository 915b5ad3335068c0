/** Milliseconds after which a start that is still running is reported as slow. */
const QUIET_PERIOD = 3_000;

/** The number of lines and characters that are kept of a server's most recent error output. */
const MAX_LINES = 5;
const MAX_CHARACTERS = 1_000;

/** One attempt to start a server, with the recent error output that explains a slow or failed start to operators. */
export class StartAttempt {
  readonly #since = performance.now();
  #lines: string[] = [];

  /** Milliseconds since the attempt began. */
  get age(): number {
    return performance.now() - this.#since;
  }

  addErrorOutput(text: string): void {
    const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
    this.#lines = [...this.#lines, ...lines].slice(-MAX_LINES);
  }

  /** The reason to show for a slow start; `undefined` while the start is not slow. */
  get delayReason(): string | undefined {
    if (this.age < QUIET_PERIOD) return undefined;
    const seconds = Math.round(this.age / 1_000);
    return this.withErrorOutput(`it has been starting for ${seconds} s and has not answered yet`);
  }

  /** Returns a reason with the last lines of the error output, unless it contains them already. */
  withErrorOutput(why: string): string {
    const said = this.#lines.join('\n').slice(-MAX_CHARACTERS).trim();
    return said === '' || why.includes('its last words') ? why : `${why}; its last words: ${said}`;
  }
}
