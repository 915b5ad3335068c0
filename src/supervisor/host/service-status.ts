import type { Fleet } from '../process/fleet.ts';
import { type ServiceManager, serviceManager } from './service-manager.ts';

/** Keeps the service manager told of what the generations do, each state once, and of the supervisor being alive. */
export class ServiceNews {
  readonly #manager: ServiceManager;
  readonly #beat: NodeJS.Timeout | undefined;
  #told = '';

  constructor(manager: ServiceManager = serviceManager(process.env)) {
    this.#manager = manager;
    if (manager.watchdog !== null) {
      this.#beat = setInterval(() => manager.alive(), manager.watchdog);
      this.#beat.unref();
    }
  }

  /** Generations have come or gone. */
  update({ serving, candidate }: Pick<Fleet, 'serving' | 'candidate'>): void {
    if (!serving) return;
    if (candidate) this.#once('reloading', () => this.#manager.reloading());
    else {
      const status = `generation ${serving.number} serves`;
      this.#once(status, () => this.#manager.ready(status));
    }
  }

  stopping(reason: string): void {
    this.#once('stopping', () => this.#manager.stopping(`draining: ${reason}`));
  }

  close(): void {
    clearInterval(this.#beat);
  }

  #once(news: string, tell: () => void): void {
    if (this.#told === news || this.#told === 'stopping') return;
    this.#told = news;
    tell();
  }
}
