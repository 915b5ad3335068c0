/** Milliseconds after which a start that is still running is reported as slow. */
const QUICK = 3_000;

/** The number of lines and characters that are kept of a server's most recent error output. */
const MOST_LINES = 5;
const MOST_CHARACTERS = 1_000;

/** One attempt to start a server, with the recent error output that explains a slow or failed start to operators. */
export class Attempt {
  readonly #since = performance.now();
  #lines: string[] = [];

  /** Milliseconds since the attempt began. */
  get age(): number {
    return performance.now() - this.#since;
  }

  hear(text: string): void {
    const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
    this.#lines = [...this.#lines, ...lines].slice(-MOST_LINES);
  }

  /** The reason to show for a slow start; `undefined` while the start is not slow. */
  get delay(): string | undefined {
    if (this.age < QUICK) return undefined;
    const seconds = Math.round(this.age / 1_000);
    return this.explain(`it has been starting for ${seconds} s and has not answered yet`);
  }

  /** Returns a reason with the last lines of the error output, unless it contains them already. */
  explain(why: string): string {
    const said = this.#lines.join('\n').slice(-MOST_CHARACTERS).trim();
    return said === '' || why.includes('its last words') ? why : `${why}; its last words: ${said}`;
  }
}
