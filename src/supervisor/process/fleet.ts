import type { AcceptedConfig, HandoverNotice, ToGeneration } from '../ipc/messages.ts';
import type { GenerationProcess } from './generation-process.ts';

/** The generations whose processes run: at most one candidate, at most one that serves, and those that leave. */
export class Fleet {
  #candidate: GenerationProcess | null = null;
  #serving: GenerationProcess | null = null;
  readonly #leaving = new Set<GenerationProcess>();
  /** Those that leave and have said what they keep. */
  readonly #settled = new Set<GenerationProcess>();
  /** Those that were told to serve and hence know about earlier ones. */
  readonly #informed = new Set<GenerationProcess>();
  /** The generation that served and ended without being told to, until another one runs sessions. */
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

  /** The oldest first. */
  get all(): readonly GenerationProcess[] {
    return [...this.#leaving, this.#serving, this.#candidate].filter((each) => each !== null);
  }

  add(candidate: GenerationProcess): void {
    this.#candidate = candidate;
  }

  /** Lets a candidate that is ready serve. It is told of those before it, and from now on what they say. */
  serve(candidate: GenerationProcess, notice: HandoverNotice): void {
    const earlier = this.all.filter((each) => each !== candidate);
    const alive = earlier.flatMap(({ number, socket }) =>
      number === null || socket === null ? [] : [{ generation: number, socket }],
    );
    candidate.serve({ alive, served: this.#serving !== null, crashed: this.#crashed, notice });
    this.#informed.add(candidate);
    for (const { number } of this.#settled) {
      if (number !== null) candidate.tell({ type: 'left', generation: number });
    }
  }

  /** The candidate serves now. Returns who did before. */
  crown(candidate: GenerationProcess): GenerationProcess | null {
    const former = this.#serving;
    this.#candidate = null;
    this.#serving = candidate;
    if (candidate.mode === 'normal') this.#crashed = null;
    if (former) this.#leaving.add(former);
    return former;
  }

  /** Nobody takes over from the one that serves. */
  dethrone(): void {
    if (this.#serving) this.#leaving.add(this.#serving);
    this.#serving = null;
  }

  settled(leaving: GenerationProcess): void {
    this.#settled.add(leaving);
    if (leaving.number !== null) this.#tellLater(leaving, { type: 'left', generation: leaving.number });
  }

  moved(from: GenerationProcess, session: string): void {
    if (from.number !== null) this.#tellLater(from, { type: 'moved', generation: from.number, session });
  }

  /** Its process has ended. */
  remove(ended: GenerationProcess): void {
    if (ended.number !== null) this.#tellLater(ended, { type: 'gone', generation: ended.number });
    for (const set of [this.#leaving, this.#settled, this.#informed]) set.delete(ended);
    if (this.#candidate === ended) this.#candidate = null;
    if (this.#serving !== ended) return;
    if (ended.mode === 'normal') this.#crashed = ended.number;
    this.#serving = null;
  }

  /** Also to those that leave: a permission that was taken away must not be used by anybody. */
  apply(config: AcceptedConfig): void {
    for (const each of [...this.#leaving, this.#serving]) each?.tell({ type: 'apply', config });
  }

  #tellLater(than: GenerationProcess, message: ToGeneration): void {
    for (const each of this.#informed) {
      if (each !== than && (each.number ?? 0) > (than.number ?? 0)) each.tell(message);
    }
  }
}
