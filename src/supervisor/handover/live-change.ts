import type { Candidate } from '../config/candidate.ts';
import type { ToSupervisor } from '../ipc/messages.ts';
import type { GenerationProcess } from '../process/generation-process.ts';
import type { SupervisorDeps } from './deps.ts';

/** How long a generation may take to apply a configuration before the change counts as refused, in ms. */
const APPLY_TIMEOUT = 10_000;

/**
 * Sends a changed configuration to running generations, without a handover. Leaving generations receive it too, so
 * that no generation uses a permission that was withdrawn; whether the change holds is decided by the serving one.
 */
export class LiveChange {
  readonly #deps: SupervisorDeps;
  /**
   * The configuration that the serving generation was asked to apply, with its answer: null when it is in force,
   * or the reason of the refusal.
   */
  #pendingApply: { of: GenerationProcess; revision: number; answer?: string | null } | null = null;
  #appliedAhead: Candidate | null = null;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
  }

  /**
   * Applies the candidate in the serving generation. Resolves with null when it is in force, else with the reason;
   * the former revision is in force again in that case.
   */
  async applyRevision(candidate: Candidate, serving: GenerationProcess): Promise<string | null> {
    const { fleet, activeConfig, log, requests } = this.#deps;
    const former = activeConfig.current;
    const { revision } = candidate.accepted;
    this.#pendingApply = { of: serving, revision };
    fleet.applyConfig(candidate.accepted);
    const refusal = await this.#waitForAnswer(serving);
    if (refusal === null) {
      serving.revision = revision;
      activeConfig.activateRevision(candidate);
      if (serving.mode === 'normal') activeConfig.startTrial();
      log.info({ revision, keys: candidate.keys }, 'config:applied');
      return null;
    }
    if (requests.stop) return refusal;
    fleet.applyConfig(former.accepted);
    activeConfig.rejectRevision(candidate, `revision ${revision} was not applied: ${refusal}`);
    return refusal;
  }

  /**
   * Applies a change that has to wait for a handover as far as that is possible without one.
   *
   *   1. A permission that was withdrawn must not be used until the handover: `shell: deny` takes effect at once.
   *   2. The revision stays proposed; the handover, or a later check of the file, decides what becomes of it.
   */
  applyAhead(candidate: Candidate): void {
    const { fleet, activeConfig, log } = this.#deps;
    const { revision } = candidate.accepted;
    if (this.#appliedAhead && this.#appliedAhead.accepted.revision !== revision)
      activeConfig.withdrawProposal(this.#appliedAhead);
    this.#appliedAhead = candidate;
    fleet.applyConfig(candidate.accepted);
    log.info({ revision, keys: candidate.keys }, 'config:ahead');
  }

  /** Ends the changes that were applied ahead: they have become active with a handover, or are taken back now. */
  settleAhead(): void {
    const { fleet, activeConfig } = this.#deps;
    if (!this.#appliedAhead) return;
    activeConfig.withdrawProposal(this.#appliedAhead);
    if (this.#appliedAhead.accepted.revision !== activeConfig.current.accepted.revision)
      fleet.applyConfig(activeConfig.current.accepted);
    this.#appliedAhead = null;
  }

  recordMessage(message: ToSupervisor, from: GenerationProcess): void {
    if (!this.#pendingApply || from !== this.#pendingApply.of) return;
    if (message.type !== 'applied' && message.type !== 'refused') return;
    if (message.revision !== this.#pendingApply.revision) return;
    this.#pendingApply.answer = message.type === 'applied' ? null : message.reason;
    this.#deps.notifier.notifyAll();
  }

  async #waitForAnswer(serving: GenerationProcess): Promise<string | null> {
    const { notifier, requests } = this.#deps;
    const asked = this.#pendingApply;
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      notifier.notifyAll();
    }, APPLY_TIMEOUT);
    await notifier.waitUntil(
      () => asked?.answer !== undefined || late || serving.state === 'ended' || requests.stop !== null,
    );
    clearTimeout(limit);
    this.#pendingApply = null;
    if (asked?.answer !== undefined) return asked.answer;
    if (late) return `the generation did not answer within ${APPLY_TIMEOUT / 1000} s`;
    if (requests.stop) return `the daemon is stopping: ${requests.stop.reason}`;
    return `the generation ${(await serving.exit).end}`;
  }
}
