import type { Candidate } from '../config/candidate.ts';
import type { ToSupervisor } from '../ipc/messages.ts';
import type { GenerationProcess } from '../process/generation-process.ts';
import type { Parts } from './deps.ts';

/** How long a generation may take to apply a configuration before the change counts as refused, in ms. */
const PATIENCE = 10_000;

/**
 * Sends a changed configuration to running generations, without a handover. Leaving generations receive it too, so
 * that no generation uses a permission that was withdrawn; whether the change holds is decided by the serving one.
 */
export class LiveChange {
  readonly #parts: Parts;
  /**
   * The configuration that the serving generation was asked to apply, with its answer: null when it is in force,
   * or the reason of the refusal.
   */
  #asked: { of: GenerationProcess; revision: number; answer?: string | null } | null = null;
  #ahead: Candidate | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Applies the candidate in the serving generation. Resolves with null when it is in force, else with the reason;
   * the former revision is in force again in that case.
   */
  async apply(candidate: Candidate, serving: GenerationProcess): Promise<string | null> {
    const { fleet, keeper, log, wishes } = this.#parts;
    const former = keeper.current;
    const { revision } = candidate.accepted;
    this.#asked = { of: serving, revision };
    fleet.apply(candidate.accepted);
    const refusal = await this.#answer(serving);
    if (refusal === null) {
      serving.revision = revision;
      keeper.take(candidate);
      if (serving.mode === 'normal') keeper.serving();
      log.info({ revision, keys: candidate.keys }, 'config:applied');
      return null;
    }
    if (wishes.stop) return refusal;
    fleet.apply(former.accepted);
    keeper.reject(candidate, `revision ${revision} was not applied: ${refusal}`);
    return refusal;
  }

  /**
   * Applies a change that has to wait for a handover as far as that is possible without one.
   *
   *   1. A permission that was withdrawn must not be used until the handover: `shell: deny` takes effect at once.
   *   2. The revision stays proposed; the handover, or a later check of the file, decides what becomes of it.
   */
  ahead(candidate: Candidate): void {
    const { fleet, keeper, log } = this.#parts;
    const { revision } = candidate.accepted;
    if (this.#ahead && this.#ahead.accepted.revision !== revision) keeper.withdraw(this.#ahead);
    this.#ahead = candidate;
    fleet.apply(candidate.accepted);
    log.info({ revision, keys: candidate.keys }, 'config:ahead');
  }

  /** Ends the changes that were applied ahead: they have become active with a handover, or are taken back now. */
  settle(): void {
    const { fleet, keeper } = this.#parts;
    if (!this.#ahead) return;
    keeper.withdraw(this.#ahead);
    if (this.#ahead.accepted.revision !== keeper.current.accepted.revision)
      fleet.apply(keeper.current.accepted);
    this.#ahead = null;
  }

  heard(message: ToSupervisor, from: GenerationProcess): void {
    if (!this.#asked || from !== this.#asked.of) return;
    if (message.type !== 'applied' && message.type !== 'refused') return;
    if (message.revision !== this.#asked.revision) return;
    this.#asked.answer = message.type === 'applied' ? null : message.reason;
    this.#parts.bell.ring();
  }

  async #answer(serving: GenerationProcess): Promise<string | null> {
    const { bell, wishes } = this.#parts;
    const asked = this.#asked;
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      bell.ring();
    }, PATIENCE);
    await bell.until(
      () => asked?.answer !== undefined || late || serving.state === 'ended' || wishes.stop !== null,
    );
    clearTimeout(limit);
    this.#asked = null;
    if (asked?.answer !== undefined) return asked.answer;
    if (late) return `the generation did not answer within ${PATIENCE / 1000} s`;
    if (wishes.stop) return `the daemon is stopping: ${wishes.stop.reason}`;
    return `the generation ${(await serving.exit).end}`;
  }
}
