import type { Fleet } from '../process/fleet.ts';
import { type ServiceManager, serviceManager } from './service-manager.ts';

/**
 * Reports the state of the generations to the service manager, each state once, and sends its watchdog signal
 * while the supervisor's event loop runs.
 */
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

  /**
   * Reports the state of the generations. Call it whenever a generation process has started, ended or changed its
   * state.
   */
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
