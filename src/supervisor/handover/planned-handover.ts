import { formatAddress } from '../../config/fields/address.ts';
import { messageOf } from '../../errors/errors.ts';
import type { Candidate } from '../config/candidate.ts';
import type { CrashHistory } from '../process/crashes.ts';
import type { GenerationProcess } from '../process/generation-process.ts';
import type { BoundTcpSocket } from '../sockets/sockets.ts';
import type { SupervisorDeps } from './deps.ts';
import type { HandoverRecord } from './handover-record.ts';
import type { HandoverRequest } from './pending-requests.ts';
import type { Promotion } from './promotion.ts';

/**
 * Replaces a serving generation because a client, a signal or a changed configuration requested it. A failure
 * leaves the serving generation as it is.
 */
export class PlannedHandover {
  readonly #deps: SupervisorDeps;
  readonly #promotion: Promotion;
  readonly #crashes: CrashHistory;
  #record: HandoverRecord | null = null;

  constructor(deps: SupervisorDeps, promotion: Promotion, crashes: CrashHistory) {
    this.#deps = deps;
    this.#promotion = promotion;
    this.#crashes = crashes;
  }

  /**
   * Id of the handover whose candidate is not ready yet, so that a restart that is requested now can join it; null
   * when there is none.
   */
  get joinableId(): string | null {
    const phase = this.#record?.phase;
    return phase === 'wanted' || phase === 'booting' ? (this.#record?.id ?? null) : null;
  }

  /**
   * Runs one handover. Resolves when the candidate serves while the former generation still drains, or when the
   * candidate has failed and the former one continues to serve. Never rejects.
   */
  async run(wanted: HandoverRequest, serving: GenerationProcess): Promise<void> {
    const { activeConfig, handoverLog, log, requests } = this.#deps;
    // The newest content of the file counts, not the content for which the handover was requested.
    const look = activeConfig.checkFile(wanted.again);
    const { revision } = activeConfig.current.accepted;
    const about = { from: serving.number, revision: { from: revision, to: revision } };
    const record = handoverLog.openRecord({ ...wanted, ...about });
    this.#record = record;
    const pointless = wanted.cause === 'config' && !wanted.again && look.what !== 'changed';
    const candidate = look.what === 'changed' ? activeConfig.proposeRevision(look) : activeConfig.current;
    const failure = pointless
      ? 'the configuration was changed again before the handover began, and needs none now'
      : await this.#promoteCandidate(record, candidate);
    if (failure === null) return;
    record.failWith(failure);
    log.error({ handover: record.id, cause: wanted.cause, failure }, 'handover:failed');
    // A candidate that was cancelled by a stop has not failed. A revision that failed while its generation booted
    // has been reported already.
    if (candidate === activeConfig.current || requests.stop || candidate.state === 'failed') return;
    activeConfig.rejectRevision(
      candidate,
      `revision ${candidate.accepted.revision} was given up: ${failure}`,
    );
  }

  /**
   * Binds the address and promotes the candidate. Resolves with null on success, else with the reason of the
   * failure as a sentence part.
   */
  async #promoteCandidate(record: HandoverRecord, candidate: Candidate): Promise<string | null> {
    const { activeConfig, listeners } = this.#deps;
    const mode = candidate !== activeConfig.current || activeConfig.canRunSessions ? 'normal' : 'rescue';
    let tcp: BoundTcpSocket;
    try {
      tcp = await listeners.acquireTcp(formatAddress(candidate.checked.config.listen));
    } catch (error) {
      return messageOf(error);
    }
    const exit = await this.#promotion.promoteCandidate(record, { candidate, mode, tcp });
    if (exit === null) {
      this.#crashes.clearHistory();
      return null;
    }
    listeners.discardTcp(tcp);
    return `the new generation ${exit.end}`;
  }
}
