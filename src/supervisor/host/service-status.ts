import type { FleetStatus } from '../core/describe.ts';
import { createServiceManager, type ServiceManager } from './service-manager.ts';

/**
 * Reports the state of the generations to the service manager, each state once, and sends its watchdog signal
 * while the supervisor's event loop runs.
 */
export class ServiceStatusReporter {
  readonly #manager: ServiceManager;
  readonly #beat: NodeJS.Timeout | undefined;
  #lastReported = '';

  constructor(manager: ServiceManager = createServiceManager(process.env)) {
    this.#manager = manager;
    if (manager.watchdogInterval !== null) {
      this.#beat = setInterval(() => manager.notifyAlive(), manager.watchdogInterval);
      this.#beat.unref();
    }
  }

  /**
   * Reports the state of the generations. Call it whenever a generation process has started, ended or changed its
   * state.
   */
  reportGenerations({ serving, hasCandidate }: Pick<FleetStatus, 'serving' | 'hasCandidate'>): void {
    if (serving === undefined) return;
    if (hasCandidate) this.#reportOnce('reloading', () => this.#manager.notifyReloading());
    else {
      const status = `generation ${serving} serves`;
      this.#reportOnce(status, () => this.#manager.notifyReady(status));
    }
  }

  reportStopping(reason: string): void {
    this.#reportOnce('stopping', () => this.#manager.notifyStopping(`draining: ${reason}`));
  }

  close(): void {
    clearInterval(this.#beat);
  }

  #reportOnce(news: string, tell: () => void): void {
    if (this.#lastReported === news || this.#lastReported === 'stopping') return;
    this.#lastReported = news;
    tell();
  }
}
