/** Why a call is stopped from our side: by its signal, or because nothing has arrived for too long. */
export type Stop = 'cancelled' | 'shutdown' | 'idle';

/** Watches over one call: passes its signal on and ends it when the stream falls silent. */
export class CallGuard {
  /** Set once; the first cause counts. */
  stop: Stop | null = null;
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  /** Milliseconds. */
  readonly idleTimeout: number;
  #timer: NodeJS.Timeout;

  constructor(outer: AbortSignal, idleTimeout: number) {
    this.#outer = outer;
    this.idleTimeout = idleTimeout;
    this.#timer = this.#limit(idleTimeout);
    if (outer.aborted) this.#onAbort();
    else outer.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** For the provider. Its reason is an ordinary AbortError, which provider packages know how to handle. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something arrived. */
  touch(): void {
    this.#timer.refresh();
  }

  /** The answer is complete, and only the end of the stream is missing; a connection left open is not worth a wait. */
  expectEnd(): void {
    this.#replaceLimit(Math.min(this.idleTimeout, 1_000));
  }

  /** It was not the end after all. */
  expectMore(): void {
    this.#replaceLimit(this.idleTimeout);
  }

  /** Settles like `work`, or rejects as soon as the call is stopped, even if `work` ignores the signal. */
  async race<T>(work: PromiseLike<T>, tooLate: (result: T) => void): Promise<T> {
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

  readonly #onAbort = () => this.#end(this.#outer.reason === 'cancelled' ? 'cancelled' : 'shutdown');

  #limit(idle: number): NodeJS.Timeout {
    return setTimeout(() => this.#end('idle'), idle);
  }

  #replaceLimit(idle: number): void {
    clearTimeout(this.#timer);
    this.#timer = this.#limit(idle);
  }

  #end(stop: Stop): void {
    if (this.stop) return;
    this.stop = stop;
    this.#controller.abort(new DOMException(`The model call was stopped (${stop}).`, 'AbortError'));
  }
}
