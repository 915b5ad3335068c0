import type { SupervisorDeps } from './handover/deps.ts';
import { ServiceStatusReporter } from './host/service-status.ts';
import { writeSupervisorStatus } from './host/status-file.ts';
import type { DaemonState } from './ipc/messages.ts';
import type { GenerationProcess } from './process/generation-process.ts';

/**
 * Publishes the daemon's state: to all generations, whose API shows it in `/v1/status`, and to the status file in
 * the home.
 */
export class StatusBroadcaster {
  readonly #deps: SupervisorDeps;
  readonly #whyRescue: () => string[];
  readonly #startedAt = new Date().toISOString();
  readonly #serviceStatus: ServiceStatusReporter;

  /**
   * `whyRescue` returns the reasons for rescue mode as sentences, or an empty list when crashes are not the
   * reason. Must not throw.
   */
  constructor(deps: SupervisorDeps, whyRescue: () => string[]) {
    this.#deps = deps;
    this.#serviceStatus = new ServiceStatusReporter(deps.options.serviceManager);
    this.#whyRescue = whyRescue;
  }

  /**
   * Sends the changed state to all generations that are ready. It is sent at once, because the client that caused
   * the change may ask for it with its next request.
   */
  broadcastState(): void {
    for (const generation of this.#deps.fleet.all) if (generation.number !== null) this.sendState(generation);
  }

  /**
   * Sends the current state to one generation that has not received it yet, such as one that has just become
   * ready.
   */
  sendState(generation: GenerationProcess): void {
    generation.pushState(this.#stateFor(generation));
  }

  /**
   * Writes the status file and informs the service manager. Call it whenever a generation process has started,
   * ended or changed its state. Never throws.
   */
  writeStatus(): void {
    const { fleet, listeners, options, log } = this.#deps;
    this.#serviceStatus.reportGenerations(fleet);
    const status = {
      pid: process.pid,
      startedAt: this.#startedAt,
      address: listeners.address,
      generationPid: (fleet.serving ?? fleet.candidate)?.pid ?? null,
      generations: fleet.all.map(({ pid, number, state }) => ({ pid, generation: number, state })),
    };
    try {
      writeSupervisorStatus(options.home, status);
    } catch (error) {
      // The file only informs; a full disk must not end the daemon.
      log.warn({ error }, 'supervisor:status_file_failed');
    }
  }

  reportStopping(reason: string): void {
    this.#serviceStatus.reportStopping(reason);
  }

  /**
   * Builds the part of the status that a generation cannot know by itself: mode, reasons, revision state, file
   * problem and latest handover.
   */
  #stateFor({ mode }: GenerationProcess): DaemonState {
    const { activeConfig, handoverLog } = this.#deps;
    const rescue = mode === 'rescue';
    const reasons = [...(rescue ? this.#whyRescue() : []), ...activeConfig.reasons];
    const { accepted, state } = activeConfig.current;
    return {
      mode: rescue ? 'rescue' : reasons.length > 0 ? 'degraded' : 'normal',
      reasons,
      revision: { number: accepted.revision, state },
      problem: activeConfig.problem,
      handover: handoverLog.latest,
    };
  }
}
