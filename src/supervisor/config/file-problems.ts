import type { FileProblem } from '../ipc/messages.ts';

/**
 * Number of failed contents that are remembered; beyond it the oldest one is forgotten and would be tried again.
 */
const MOST_FAILED = 50;

/**
 * Tracks what is wrong with the configuration file: broken, missing, or content that has failed when it was tried.
 * `changed` is called whenever the problem appears, changes or disappears; it must not throw.
 */
export class FileTrouble {
  readonly #changed: () => void;
  #problem: FileProblem | null = null;
  /**
   * Identifies the content that the current problem is about; null when there is no problem or the file is
   * missing.
   */
  #content: string | null = null;
  /**
   * Failures of contents that were tried since the file last matched the active revision, by the fingerprint of
   * the content.
   */
  readonly #failed = new Map<string, FileProblem>();
  #gone = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get problem(): FileProblem | null {
    return this.#problem;
  }

  /** True when the file existed before and has been deleted; false for a home that never had one. */
  get gone(): boolean {
    return this.#gone;
  }

  /**
   * Records that the file is broken. Returns false when this content is already known to be broken, so that it is
   * logged once.
   */
  broken(content: string, problem: FileProblem): boolean {
    if (this.#content === content) return false;
    this.#gone = false;
    this.#show(content, problem);
    return true;
  }

  /** Records that the file is missing. Returns false when that is already known, so that it is logged once. */
  missing(): boolean {
    if (this.#gone) return false;
    this.#forget();
    this.#gone = true;
    this.#changed();
    return true;
  }

  /** Records that this content was tried and failed. The same content is not retried automatically. */
  failed(content: string, problem: FileProblem): void {
    this.#failed.set(content, problem);
    const [oldest] = this.#failed.keys();
    if (this.#failed.size > MOST_FAILED && oldest !== undefined) this.#failed.delete(oldest);
    this.#show(content, problem);
  }

  /**
   * Returns how this content failed when it was tried, or undefined when it did not. Restores that problem when
   * the file was broken or missing in the meantime.
   */
  failedBefore(content: string): FileProblem | undefined {
    const problem = this.#failed.get(content);
    if (problem && (this.#gone || this.#content !== content)) {
      this.#gone = false;
      this.#show(content, problem);
    }
    return problem;
  }

  /** Forgets all problems and failures, because the file has the same meaning as the active revision again. */
  solved(): void {
    this.#failed.clear();
    this.untried();
  }

  /** Clears the problem of a failed content, because another content of the file has become active. */
  overtaken(): void {
    if (this.#content !== null && this.#failed.has(this.#content)) this.untried();
  }

  /**
   * Clears the current problem, because the file has content that is still to be tried. Remembered failures are
   * kept.
   */
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
