import type { Logger } from '../../telemetry/log.ts';
import type { Home } from '../../util/home.ts';
import type { FleetStatus } from '../core/describe.ts';
import type { ServiceManager } from './service-manager.ts';
import { ServiceStatusReporter } from './service-status.ts';
import { writeSupervisorStatus } from './status-file.ts';

/** Publishes the state of the generations outside the daemon: to the status file and to the service manager. */
export class StatusPublisher {
  readonly #home: Home;
  readonly #log: Logger;
  readonly #startedAt = new Date().toISOString();
  readonly #serviceStatus: ServiceStatusReporter;

  constructor(home: Home, log: Logger, serviceManager?: ServiceManager) {
    this.#home = home;
    this.#log = log;
    this.#serviceStatus = new ServiceStatusReporter(serviceManager);
  }

  /** Writes the status file and informs the service manager. `address` is the TCP address. Never throws. */
  writeStatus(fleet: FleetStatus, address: string): void {
    this.#serviceStatus.reportGenerations(fleet);
    const { generationPid, generations } = fleet;
    const { pid } = process;
    try {
      const status = { pid, startedAt: this.#startedAt, address, generationPid, generations };
      writeSupervisorStatus(this.#home, status);
    } catch (error) {
      // The file only informs; a full disk must not end the daemon.
      this.#log.warn({ error }, 'supervisor:status_file_failed');
    }
  }

  reportStopping(reason: string): void {
    this.#serviceStatus.reportStopping(reason);
  }

  close(): void {
    this.#serviceStatus.close();
  }
}
