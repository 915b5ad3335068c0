import type { EventEmitter } from 'node:events';

export interface Wish {
  what: 'stop' | 'restart';
  reason: string;
}

/**
 * What people and clients want of the supervisor. Wishes are kept, not queued: any number of restarts is one
 * restart, and a stop wins over it and stays.
 */
export class Wishes {
  #stop: Wish | null = null;
  #restart: Wish | null = null;
  #atOnce = false;
  #interrupts = 0;
  readonly #watchers = new Set<() => void>();

  get stop(): Wish | null {
    return this.#stop;
  }

  get current(): Wish | null {
    return this.#stop ?? this.#restart;
  }

  /** Ctrl-C came twice: nothing is waited for any more. */
  get atOnce(): boolean {
    return this.#atOnce;
  }

  want(wish: Wish): void {
    if (wish.what === 'stop') this.#stop ??= wish;
    else this.#restart ??= wish;
    for (const check of this.#watchers) check();
  }

  /** True, once, if a restart was wanted: whoever takes it starts the generation that answers it. */
  takeRestart(): boolean {
    const wanted = this.#restart !== null;
    this.#restart = null;
    return wanted;
  }

  /** Resolves when `condition` holds or `ended` has resolved; must not reject. */
  until(condition: () => boolean, ended: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#watchers.delete(check);
        resolve();
      };
      const check = () => {
        if (condition()) done();
      };
      this.#watchers.add(check);
      ended.then(done);
      check();
    });
  }

  /** SIGTERM and Ctrl-C stop, a second Ctrl-C stops at once, SIGHUP restarts. Returns the way to stop listening. */
  obey(signals: EventEmitter): () => void {
    const handlers = {
      SIGTERM: () => this.want({ what: 'stop', reason: 'SIGTERM' }),
      SIGHUP: () => this.want({ what: 'restart', reason: 'SIGHUP' }),
      SIGINT: () => {
        this.#interrupts += 1;
        this.#atOnce = this.#interrupts > 1;
        this.want({ what: 'stop', reason: 'SIGINT' });
      },
    };
    for (const [name, handler] of Object.entries(handlers)) signals.on(name, handler);
    return () => {
      for (const [name, handler] of Object.entries(handlers)) signals.off(name, handler);
    };
  }
}
