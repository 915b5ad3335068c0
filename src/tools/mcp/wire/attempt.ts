/** Milliseconds of a start that need no explanation. */
const QUICK = 3_000;

/** What is kept of a server's error output: the newest lines, and how many characters of them. */
const MOST_LINES = 5;
const MOST_CHARACTERS = 1_000;

/** An attempt to start a server and what the server wrote to its error output meanwhile, for people who wait for it. */
export class Attempt {
  readonly #since = performance.now();
  #lines: string[] = [];

  /** Milliseconds since it began. */
  get age(): number {
    return performance.now() - this.#since;
  }

  hear(text: string): void {
    const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
    this.#lines = [...this.#lines, ...lines].slice(-MOST_LINES);
  }

  /** Why the server is not there yet; `undefined` while that is nothing unusual. */
  get delay(): string | undefined {
    if (this.age < QUICK) return undefined;
    const seconds = Math.round(this.age / 1_000);
    return this.explain(`it has been starting for ${seconds} s and has not answered yet`);
  }

  /** A reason with the last lines of the error output, unless it has them already. */
  explain(why: string): string {
    const said = this.#lines.join('\n').slice(-MOST_CHARACTERS).trim();
    return said === '' || why.includes('its last words') ? why : `${why}; its last words: ${said}`;
  }
}
