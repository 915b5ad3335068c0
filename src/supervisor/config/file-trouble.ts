import type { FileProblem } from '../messages.ts';

/** What is wrong with the configuration file, if anything is; `changed` is called whenever that is another thing. */
export class FileTrouble {
  readonly #changed: () => void;
  #problem: FileProblem | null = null;
  /** Which content the problem is about. */
  #content: string | null = null;
  /** The content that was tried and has failed, by its fingerprint, and how. */
  #failed: { content: string; problem: FileProblem } | null = null;
  #gone = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get problem(): FileProblem | null {
    return this.#problem;
  }

  /** There is no file any more, and there was one. */
  get gone(): boolean {
    return this.#gone;
  }

  /** False when this content is known to be broken. */
  broken(content: string, problem: FileProblem): boolean {
    if (this.#content === content) return false;
    this.#gone = false;
    this.#show(content, problem);
    return true;
  }

  /** False when that is known. */
  missing(): boolean {
    if (this.#gone) return false;
    this.#forget();
    this.#gone = true;
    this.#changed();
    return true;
  }

  /** It was tried, and is not tried again by itself. */
  failed(content: string, problem: FileProblem): void {
    this.#failed = { content, problem };
    this.#show(content, problem);
  }

  /** How this content has failed when it was tried; the file was broken or gone meanwhile, perhaps. */
  failedBefore(content: string): FileProblem | undefined {
    if (this.#failed?.content !== content) return undefined;
    const { problem } = this.#failed;
    if (this.#gone || this.#content !== content) {
      this.#gone = false;
      this.#show(content, problem);
    }
    return problem;
  }

  /** The file says what runs, or something new that is still to be tried. */
  solved(): void {
    const changed = this.#problem !== null || this.#gone;
    this.#failed = null;
    this.#forget();
    if (changed) this.#changed();
  }

  #show(content: string, problem: FileProblem): void {
    this.#problem = problem;
    this.#content = content;
    this.#changed();
  }

  #forget(): void {
    this.#problem = null;
    this.#content = null;
    this.#gone = false;
  }
}
