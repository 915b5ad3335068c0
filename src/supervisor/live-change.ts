import type { Candidate } from './config/candidate.ts';
import type { GenerationProcess } from './generation-process.ts';
import type { ToSupervisor } from './messages.ts';
import type { Parts } from './parts.ts';

/** How long a generation may take to apply a configuration, in ms. */
const PATIENCE = 10_000;

/**
 * Gives generations that run another configuration. Those that leave get it too, so that a permission that was taken
 * away is not used by anybody; whether it holds is up to the one that serves.
 */
export class LiveChange {
  readonly #parts: Parts;
  #answer: (message: ToSupervisor, from: GenerationProcess) => void = () => {};

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Resolves with null when it is in force, else with why not; then the former one is again. */
  async apply(candidate: Candidate, serving: GenerationProcess): Promise<string | null> {
    const { fleet, keeper, log } = this.#parts;
    const former = keeper.current;
    const { revision } = candidate.accepted;
    const outcome = this.#outcome(serving, revision);
    fleet.apply(candidate.accepted);
    const refusal = await outcome;
    if (refusal === null) {
      serving.revision = revision;
      keeper.take(candidate);
      if (serving.mode === 'normal') keeper.serving();
      log.info({ revision, keys: candidate.keys }, 'config:applied');
      return null;
    }
    fleet.apply(former.accepted);
    keeper.reject(candidate, `revision ${revision} was not applied: ${refusal}`);
    return refusal;
  }

  heard(message: ToSupervisor, from: GenerationProcess): void {
    this.#answer(message, from);
  }

  async #outcome(serving: GenerationProcess, revision: number): Promise<string | null> {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const limit = setTimeout(resolve, PATIENCE, `the generation did not answer within ${PATIENCE / 1000} s`);
    void serving.exit.then(({ end }) => resolve(`the generation ${end}`));
    this.#answer = (message, from) => {
      if (from !== serving) return;
      if (message.type === 'applied' && message.revision === revision) resolve(null);
      if (message.type === 'refused' && message.revision === revision) resolve(message.reason);
    };
    const refusal = await promise;
    clearTimeout(limit);
    this.#answer = () => {};
    return refusal;
  }
}
