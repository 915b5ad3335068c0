import type { FileProblem } from '../ipc/messages.ts';

/** Contents that have failed, of which one knows. */
const MOST_FAILED = 50;

/** What is wrong with the configuration file, if anything is; `changed` is called whenever that is another thing. */
export class FileTrouble {
  readonly #changed: () => void;
  #problem: FileProblem | null = null;
  /** Which content the problem is about. */
  #content: string | null = null;
  /** How contents have failed that were tried since the file last said what runs, by their fingerprints. */
  readonly #failed = new Map<string, FileProblem>();
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
    this.#failed.set(content, problem);
    const [oldest] = this.#failed.keys();
    if (this.#failed.size > MOST_FAILED && oldest !== undefined) this.#failed.delete(oldest);
    this.#show(content, problem);
  }

  /** How this content has failed when it was tried; the file was broken or gone meanwhile, perhaps. */
  failedBefore(content: string): FileProblem | undefined {
    const problem = this.#failed.get(content);
    if (problem && (this.#gone || this.#content !== content)) {
      this.#gone = false;
      this.#show(content, problem);
    }
    return problem;
  }

  /** The file says what runs. */
  solved(): void {
    this.#failed.clear();
    this.untried();
  }

  /** Another content than the one that has failed is in force now. */
  overtaken(): void {
    if (this.#content !== null && this.#failed.has(this.#content)) this.untried();
  }

  /** The file says something that is still to be tried. */
  untried(): void {
    const changed = this.#problem !== null || this.#gone;
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
