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

/** How a generation that serves gives way to another because somebody, or the configuration, wants it. */
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

  /** Of the one whose candidate is not ready yet: whoever wants a restart now gets it. */
  get joinable(): string | null {
    const phase = this.#record?.phase;
    return phase === 'wanted' || phase === 'booting' ? (this.#record?.id ?? null) : null;
  }

  /** Resolves when the candidate serves, the former generation still draining; or has failed, nothing having changed. */
  async run(wanted: WantedHandover, serving: GenerationProcess): Promise<void> {
    const { keeper, chronicle, log, wishes } = this.#parts;
    // The newest content counts, not the one for which it was wanted.
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
    // What was given up for a stop has not failed; what failed while its next generation booted is told already.
    if (candidate === keeper.current || wishes.stop || candidate.state === 'failed') return;
    keeper.reject(candidate, `revision ${candidate.accepted.revision} was given up: ${failure}`);
  }

  /** Resolves with why it failed. */
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
