/** The reason why the daemon stops a call: its signal was aborted, or no data arrived for too long (`idle`). */
export type StopCause = 'cancelled' | 'shutdown' | 'idle';

/**
 * Guards one model call: it forwards the caller's abort signal and stops the call when no data arrives for too
 * long.
 */
export class CallGuard {
  /** The reason of the stop; set once, so the first cause counts. */
  stop: StopCause | null = null;
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  /** Milliseconds without data after which the call is stopped. */
  readonly idleTimeout: number;
  #timer: NodeJS.Timeout;

  constructor(outer: AbortSignal, idleTimeout: number) {
    this.#outer = outer;
    this.idleTimeout = idleTimeout;
    this.#timer = this.#startTimer(idleTimeout);
    if (outer.aborted) this.#onAbort();
    else outer.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The signal for the provider; its reason is an AbortError, which provider packages know how to handle. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Restarts the idle timer; call it whenever data has arrived. */
  restartTimer(): void {
    this.#timer.refresh();
  }

  /**
   * Shortens the idle timeout to at most one second, because the answer is complete and only the end of the stream is
   * missing; some servers leave the connection open.
   */
  expectEnd(): void {
    this.#replaceTimer(Math.min(this.idleTimeout, 1_000));
  }

  /** Restores the full idle timeout, because another message follows in the same stream. */
  expectMore(): void {
    this.#replaceTimer(this.idleTimeout);
  }

  /** Settles like `work`, or rejects as soon as the call is stopped, even if `work` ignores the signal. */
  async raceWithStop<T>(work: PromiseLike<T>, tooLate: (result: T) => void): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const onStop = () => reject(this.signal.reason);
    if (this.signal.aborted) onStop();
    else this.signal.addEventListener('abort', onStop, { once: true });
    try {
      return await Promise.race([work, promise]);
    } catch (error) {
      if (this.stop) work.then(tooLate, () => {});
      throw error;
    } finally {
      this.signal.removeEventListener('abort', onStop);
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = () => this.#stopCall(this.#outer.reason === 'cancelled' ? 'cancelled' : 'shutdown');

  #startTimer(idle: number): NodeJS.Timeout {
    return setTimeout(() => this.#stopCall('idle'), idle);
  }

  #replaceTimer(idle: number): void {
    clearTimeout(this.#timer);
    this.#timer = this.#startTimer(idle);
  }

  #stopCall(stop: StopCause): void {
    if (this.stop) return;
    this.stop = stop;
    this.#controller.abort(new DOMException(`The model call was stopped (${stop}).`, 'AbortError'));
  }
}
