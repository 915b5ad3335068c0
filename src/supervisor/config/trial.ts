/**
 * The timer of a configuration's trial: the time that a new revision has to run without failure before it counts
 * as good.
 *
 *   none    → left by `begin`
 *   running → a generation serves with the revision; left by `end` when the revision failed or was replaced,
 *             or when the time is over
 */
export class Trial {
  readonly #passed: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `passed` is called once when the time is over without a failure. Must not throw. */
  constructor(passed: () => void) {
    this.#passed = passed;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** Starts the timer, unless it runs already. `duration` is in ms; with 0 the trial passes at once. */
  begin(duration: number): void {
    if (this.running) return;
    if (duration > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#passed();
      }, duration);
    } else this.#passed();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
