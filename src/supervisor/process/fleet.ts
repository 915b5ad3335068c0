import type { AcceptedConfig, HandoverNotice, ToGeneration } from '../ipc/messages.ts';
import type { GenerationProcess } from './generation-process.ts';

/**
 * The generations whose processes run: at most one candidate, at most one serving, and any number that leave.
 * Tells later generations what becomes of the sessions of earlier ones.
 */
export class Fleet {
  #candidate: GenerationProcess | null = null;
  #serving: GenerationProcess | null = null;
  readonly #leaving = new Set<GenerationProcess>();
  /** Leaving generations that have said which sessions they keep. */
  readonly #settled = new Set<GenerationProcess>();
  /** Generations that were told to serve; they know the earlier ones and must hear what becomes of them. */
  readonly #informed = new Set<GenerationProcess>();
  /**
   * Number of the generation that served and ended without having been told to, until another generation runs
   * sessions.
   */
  #crashed: number | null = null;

  get candidate(): GenerationProcess | null {
    return this.#candidate;
  }

  get serving(): GenerationProcess | null {
    return this.#serving;
  }

  get leaving(): readonly GenerationProcess[] {
    return [...this.#leaving];
  }

  /** All generations whose processes run, the oldest first. */
  get all(): readonly GenerationProcess[] {
    return [...this.#leaving, this.#serving, this.#candidate].filter((each) => each !== null);
  }

  addCandidate(candidate: GenerationProcess): void {
    this.#candidate = candidate;
  }

  /**
   * Tells a candidate that is ready to serve. It learns which earlier generations still run, and from now on what
   * becomes of their sessions.
   */
  startServing(candidate: GenerationProcess, notice: HandoverNotice): void {
    const earlier = this.all.filter((each) => each !== candidate);
    const alive = earlier.flatMap(({ number, socket }) =>
      number === null || socket === null ? [] : [{ generation: number, socket }],
    );
    candidate.startServing({ alive, served: this.#serving !== null, crashed: this.#crashed, notice });
    this.#informed.add(candidate);
    for (const { number } of this.#settled) {
      if (number !== null) candidate.sendMessage({ type: 'left', generation: number });
    }
  }

  /**
   * Makes the candidate the serving generation. Returns the former one, which is leaving now, or null when none
   * served.
   */
  promote(candidate: GenerationProcess): GenerationProcess | null {
    const former = this.#serving;
    this.#candidate = null;
    this.#serving = candidate;
    if (candidate.mode === 'normal') this.#crashed = null;
    if (former) this.#leaving.add(former);
    return former;
  }

  /** Makes the serving generation a leaving one without a successor, because the daemon stops. */
  retire(): void {
    if (this.#serving) this.#leaving.add(this.#serving);
    this.#serving = null;
  }

  announceLeft(leaving: GenerationProcess): void {
    this.#settled.add(leaving);
    if (leaving.number !== null)
      this.#notifyLaterGenerations(leaving, { type: 'left', generation: leaving.number });
  }

  announceMove(from: GenerationProcess, session: string): void {
    if (from.number !== null)
      this.#notifyLaterGenerations(from, { type: 'moved', generation: from.number, session });
  }

  /** Removes a generation whose process has ended, and tells later generations that its sessions are free. */
  removeEnded(ended: GenerationProcess): void {
    if (ended.number !== null)
      this.#notifyLaterGenerations(ended, { type: 'gone', generation: ended.number });
    for (const set of [this.#leaving, this.#settled, this.#informed]) set.delete(ended);
    if (this.#candidate === ended) this.#candidate = null;
    if (this.#serving !== ended) return;
    if (ended.mode === 'normal') this.#crashed = ended.number;
    this.#serving = null;
  }

  /**
   * Sends a configuration to the serving and all leaving generations, so that none of them uses a permission that
   * was withdrawn.
   */
  applyConfig(config: AcceptedConfig): void {
    for (const each of [...this.#leaving, this.#serving]) each?.sendMessage({ type: 'apply', config });
  }

  #notifyLaterGenerations(than: GenerationProcess, message: ToGeneration): void {
    for (const each of this.#informed) {
      if (each !== than && (each.number ?? 0) > (than.number ?? 0)) each.sendMessage(message);
    }
  }
}
