import type { Parts } from './handover/deps.ts';
import { ServiceNews } from './host/service-status.ts';
import { writeSupervisorStatus } from './host/status-file.ts';
import type { DaemonState } from './ipc/messages.ts';
import type { GenerationProcess } from './process/generation-process.ts';

/**
 * Publishes the daemon's state: to all generations, whose API shows it in `/v1/status`, and to the status file in
 * the home.
 */
export class Announcer {
  readonly #parts: Parts;
  readonly #whyRescue: () => string[];
  readonly #startedAt = new Date().toISOString();
  readonly #news: ServiceNews;

  /**
   * `whyRescue` returns the reasons for rescue mode as sentences, or an empty list when crashes are not the
   * reason. Must not throw.
   */
  constructor(parts: Parts, whyRescue: () => string[]) {
    this.#parts = parts;
    this.#news = new ServiceNews(parts.options.serviceManager);
    this.#whyRescue = whyRescue;
  }

  /**
   * Sends the changed state to all generations that are ready. It is sent at once, because the client that caused
   * the change may ask for it with its next request.
   */
  changed(): void {
    for (const generation of this.#parts.fleet.all) if (generation.number !== null) this.tell(generation);
  }

  /**
   * Sends the current state to one generation that has not received it yet, such as one that has just become
   * ready.
   */
  tell(generation: GenerationProcess): void {
    generation.push(this.#stateFor(generation));
  }

  /**
   * Writes the status file and informs the service manager. Call it whenever a generation process has started,
   * ended or changed its state. Never throws.
   */
  writeStatus(): void {
    const { fleet, listeners, options, log } = this.#parts;
    this.#news.update(fleet);
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

  stopping(reason: string): void {
    this.#news.stopping(reason);
  }

  /**
   * Builds the part of the status that a generation cannot know by itself: mode, reasons, revision state, file
   * problem and latest handover.
   */
  #stateFor({ mode }: GenerationProcess): DaemonState {
    const { keeper, chronicle } = this.#parts;
    const rescue = mode === 'rescue';
    const reasons = [...(rescue ? this.#whyRescue() : []), ...keeper.reasons];
    const { accepted, state } = keeper.current;
    return {
      mode: rescue ? 'rescue' : reasons.length > 0 ? 'degraded' : 'normal',
      reasons,
      revision: { number: accepted.revision, state },
      problem: keeper.problem,
      handover: chronicle.latest,
    };
  }
}
