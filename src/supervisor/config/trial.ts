/**
 * Gives a new configuration time to show that it is good.
 *
 *   none    → left by `begin`
 *   running → a generation serves with it; left by `end` when it failed or was replaced, or when its time is over
 */
export class Trial {
  readonly #passed: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `passed` hears that the time is over. Must not throw. */
  constructor(passed: () => void) {
    this.#passed = passed;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** Its time starts once, however often it is begun. */
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
