import type { FileProblem } from '../ipc/messages.ts';

/**
 * Number of failed contents that are remembered; beyond it the oldest one is forgotten and would be tried again.
 */
const MAX_FAILED_CONTENTS = 50;

/**
 * Tracks what is wrong with the configuration file: broken, missing, or content that has failed when it was tried.
 * `changed` is called whenever the problem appears, changes or disappears; it must not throw.
 */
export class FileProblems {
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
  #isMissing = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get problem(): FileProblem | null {
    return this.#problem;
  }

  /** True when the file existed before and has been deleted; false for a home that never had one. */
  get isMissing(): boolean {
    return this.#isMissing;
  }

  /**
   * Records that the file is broken. Returns false when this content is already known to be broken, so that it is
   * logged once.
   */
  recordBroken(content: string, problem: FileProblem): boolean {
    if (this.#content === content) return false;
    this.#isMissing = false;
    this.#setProblem(content, problem);
    return true;
  }

  /** Records that the file is missing. Returns false when that is already known, so that it is logged once. */
  recordMissing(): boolean {
    if (this.#isMissing) return false;
    this.#resetProblem();
    this.#isMissing = true;
    this.#changed();
    return true;
  }

  /** Records that this content was tried and failed. The same content is not retried automatically. */
  recordFailed(content: string, problem: FileProblem): void {
    this.#failed.set(content, problem);
    const [oldest] = this.#failed.keys();
    if (this.#failed.size > MAX_FAILED_CONTENTS && oldest !== undefined) this.#failed.delete(oldest);
    this.#setProblem(content, problem);
  }

  /**
   * Returns how this content failed when it was tried, or undefined when it did not. Restores that problem when
   * the file was broken or missing in the meantime.
   */
  findEarlierFailure(content: string): FileProblem | undefined {
    const problem = this.#failed.get(content);
    if (problem && (this.#isMissing || this.#content !== content)) {
      this.#isMissing = false;
      this.#setProblem(content, problem);
    }
    return problem;
  }

  /** Forgets all problems and failures, because the file has the same meaning as the active revision again. */
  clearAll(): void {
    this.#failed.clear();
    this.clearProblem();
  }

  /** Clears the problem of a failed content, because another content of the file has become active. */
  clearSuperseded(): void {
    if (this.#content !== null && this.#failed.has(this.#content)) this.clearProblem();
  }

  /**
   * Clears the current problem, because the file has content that is still to be tried. Remembered failures are
   * kept.
   */
  clearProblem(): void {
    const changed = this.#problem !== null || this.#isMissing;
    this.#resetProblem();
    if (changed) this.#changed();
  }

  #setProblem(content: string, problem: FileProblem): void {
    this.#problem = problem;
    this.#content = content;
    this.#changed();
  }

  #resetProblem(): void {
    this.#problem = null;
    this.#content = null;
    this.#isMissing = false;
  }
}
