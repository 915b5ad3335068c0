import type { Parts } from './handover/deps.ts';
import { ServiceNews } from './host/service-status.ts';
import { writeSupervisorStatus } from './host/status-file.ts';
import type { DaemonState } from './ipc/messages.ts';
import type { GenerationProcess } from './process/generation-process.ts';

/** Tells what the daemon's state is: to the generations, whose API shows it, and in the status file. */
export class Announcer {
  readonly #parts: Parts;
  readonly #whyRescue: () => string[];
  readonly #startedAt = new Date().toISOString();
  readonly #news: ServiceNews;

  /** `whyRescue`: in words, empty when crashes are not the reason. Must not throw. */
  constructor(parts: Parts, whyRescue: () => string[]) {
    this.#parts = parts;
    this.#news = new ServiceNews(parts.options.serviceManager);
    this.#whyRescue = whyRescue;
  }

  /** Something of the state has changed. Told at once: who has changed it may ask for it next. */
  changed(): void {
    for (const generation of this.#parts.fleet.all) if (generation.number !== null) this.tell(generation);
  }

  /** To one that does not know it yet. */
  tell(generation: GenerationProcess): void {
    generation.push(this.#stateFor(generation));
  }

  /** Generations have come or gone. */
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

  /** In words what the generation cannot know by itself. */
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
