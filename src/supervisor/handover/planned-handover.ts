import { formatAddress } from '../../config/fields/address.ts';
import { messageOf } from '../../errors/errors.ts';
import type { Candidate } from '../config/candidate.ts';
import type { Crashes } from '../process/crashes.ts';
import type { GenerationProcess } from '../process/generation-process.ts';
import type { BoundTcpSocket } from '../sockets/sockets.ts';
import type { Parts } from './deps.ts';
import type { HandoverRecord } from './handover-record.ts';
import type { WantedHandover } from './pending-requests.ts';
import type { Succession } from './promotion.ts';

/**
 * Replaces a serving generation because a client, a signal or a changed configuration requested it. A failure
 * leaves the serving generation as it is.
 */
export class PlannedHandover {
  readonly #parts: Parts;
  readonly #succession: Succession;
  readonly #crashes: Crashes;
  #record: HandoverRecord | null = null;

  constructor(parts: Parts, succession: Succession, crashes: Crashes) {
    this.#parts = parts;
    this.#succession = succession;
    this.#crashes = crashes;
  }

  /**
   * Id of the handover whose candidate is not ready yet, so that a restart that is requested now can join it; null
   * when there is none.
   */
  get joinable(): string | null {
    const phase = this.#record?.phase;
    return phase === 'wanted' || phase === 'booting' ? (this.#record?.id ?? null) : null;
  }

  /**
   * Runs one handover. Resolves when the candidate serves while the former generation still drains, or when the
   * candidate has failed and the former one continues to serve. Never rejects.
   */
  async run(wanted: WantedHandover, serving: GenerationProcess): Promise<void> {
    const { keeper, chronicle, log, wishes } = this.#parts;
    // The newest content of the file counts, not the content for which the handover was requested.
    const look = keeper.look(wanted.again);
    const { revision } = keeper.current.accepted;
    const about = { from: serving.number, revision: { from: revision, to: revision } };
    const record = chronicle.begin({ ...wanted, ...about });
    this.#record = record;
    const pointless = wanted.cause === 'config' && !wanted.again && look.what !== 'changed';
    const candidate = look.what === 'changed' ? keeper.propose(look) : keeper.current;
    const failure = pointless
      ? 'the configuration was changed again before the handover began, and needs none now'
      : await this.#handOver(record, candidate);
    if (failure === null) return;
    record.fail(failure);
    log.error({ handover: record.id, cause: wanted.cause, failure }, 'handover:failed');
    // A candidate that was cancelled by a stop has not failed. A revision that failed while its generation booted
    // has been reported already.
    if (candidate === keeper.current || wishes.stop || candidate.state === 'failed') return;
    keeper.reject(candidate, `revision ${candidate.accepted.revision} was given up: ${failure}`);
  }

  /**
   * Binds the address and promotes the candidate. Resolves with null on success, else with the reason of the
   * failure as a sentence part.
   */
  async #handOver(record: HandoverRecord, candidate: Candidate): Promise<string | null> {
    const { keeper, listeners } = this.#parts;
    const mode = candidate !== keeper.current || keeper.usable ? 'normal' : 'rescue';
    let tcp: BoundTcpSocket;
    try {
      tcp = await listeners.tcpFor(formatAddress(candidate.checked.config.listen));
    } catch (error) {
      return messageOf(error);
    }
    const exit = await this.#succession.raise(record, { candidate, mode, tcp });
    if (exit === null) {
      this.#crashes.forget();
      return null;
    }
    listeners.discard(tcp);
    return `the new generation ${exit.end}`;
  }
}
