/**
 * The timer of a configuration's trial: the time that a new revision has to run without failure before it counts
 * as good.
 *
 *   none    → left by `begin`
 *   running → a generation serves with the revision; left by `end` when the revision failed or was replaced,
 *             or when the time is over
 */
export class Trial {
  readonly #onPassed: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `passed` is called once when the time is over without a failure. Must not throw. */
  constructor(passed: () => void) {
    this.#onPassed = passed;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** Starts the timer, unless it runs already. `duration` is in ms; with 0 the trial passes at once. */
  startTimer(duration: number): void {
    if (this.running) return;
    if (duration > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#onPassed();
      }, duration);
    } else this.#onPassed();
  }

  stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
