import { formatAddress } from '../../config/fields/address.ts';
import { messageOf } from '../../errors/errors.ts';
import type { Candidate } from '../config/candidate.ts';
import type { FileCheck } from '../config/reading.ts';
import type { SupervisorReply } from '../ipc/messages.ts';
import { type CrashHistory, isOutage, isRefusal } from '../process/crashes.ts';
import type { GenerationExit } from '../process/generation-process.ts';
import type { BoundTcpSocket } from '../sockets/sockets.ts';
import type { SupervisorDeps } from './deps.ts';
import type { HandoverRecord } from './handover-record.ts';
import type { Promotion } from './promotion.ts';

/**
 * Brings the daemon to serve when no generation does: at its start and after a crash. One cold start writes one
 * report, however many generations it takes; between them it waits as long as the crash history says.
 */
export class ColdStart {
  readonly #deps: SupervisorDeps;
  readonly #promotion: Promotion;
  readonly #crashes: CrashHistory;
  #record: HandoverRecord | null = null;

  constructor(deps: SupervisorDeps, promotion: Promotion, crashes: CrashHistory) {
    this.#deps = deps;
    this.#promotion = promotion;
    this.#crashes = crashes;
  }

  /** Id of the report of the cold start under way; null when a generation serves. */
  get reportId(): string | null {
    return this.#record?.id ?? null;
  }

  /**
   * Starts one generation, after the pause that is due. Resolves with null when it serves, has failed, or is no
   * longer wanted because the daemon stops. Resolves with how it ended when no further attempt can succeed.
   */
  async attemptStart(): Promise<GenerationExit | null> {
    const { requests, activeConfig, listeners } = this.#deps;
    this.#record ??= this.#openReport();
    await this.#waitBeforeStart();
    if (requests.stop) return null;
    const candidate = activeConfig.current;
    const mode = activeConfig.canRunSessions && !this.#crashes.needsRescue ? 'normal' : 'rescue';
    const tcp = await this.#acquireSocket(candidate);
    const exit = await this.#promotion.promoteCandidate(this.#record, { candidate, mode, tcp });
    if (!exit) {
      this.#handleServing(mode);
      return null;
    }
    // Otherwise the next attempt would find the address taken by this very process.
    listeners.discardTcp(tcp);
    return requests.stop ? null : this.#handleFailure(exit);
  }

  /** Marks the report as failed, because the daemon stops before a generation serves. */
  failReport(reason: string): void {
    this.#record?.failWith(`the daemon was stopped: ${reason}`);
    this.#record = null;
  }

  #openReport(): HandoverRecord {
    const { lastServing: last } = this.#promotion;
    const { handoverLog, activeConfig, requests, killedBefore } = this.#deps;
    return handoverLog.openRecord({
      // A client that waits for a pending handover is answered by this cold start.
      id: requests.handover?.id ?? handoverLog.nextId(),
      cause: last ? 'crash' : 'start',
      reason: last ? `generation ${last.number} ${this.#crashes.lastEnd}` : this.#deps.whyStarted,
      from: last?.number ?? null,
      killed: last !== null || killedBefore,
      revision: { from: last?.revision ?? null, to: activeConfig.current.accepted.revision },
    });
  }

  /**
   * Waits as long as the crash history says, or until a request or a changed file gives the next generation a
   * better chance.
   */
  async #waitBeforeStart(): Promise<void> {
    const { requests, notifier } = this.#deps;
    const { startDelay: delay } = this.#crashes;
    let over = delay === 0;
    const timer = setTimeout(() => {
      over = true;
      notifier.notifyAll();
    }, delay);
    while (!(await this.#handleRequests()) && !over && !requests.stop) {
      await notifier.waitUntil(
        () => over || requests.stop !== null || requests.handover !== null || requests.hasFileChecks,
      );
    }
    clearTimeout(timer);
  }

  /**
   * Handles the requests that arrive while no generation serves. Resolves with true when the next generation may
   * fare better because of them; the crash history is cleared then.
   */
  async #handleRequests(): Promise<boolean> {
    const { requests, activeConfig } = this.#deps;
    let fresh = false;
    if (requests.hasFileChecks) {
      const looks = requests.takeFileChecks();
      const look = activeConfig.checkFile();
      fresh = await this.#activateChange(look);
      for (const each of looks) each.onChecked({ look, answer: this.#describeResult(look) });
    }
    const wanted = requests.takeHandover();
    if (wanted) {
      await this.#activateChange(activeConfig.checkFile(wanted.again));
      fresh = true;
    }
    if (fresh) this.#crashes.clearHistory();
    return fresh;
  }

  /**
   * Makes changed content of the file the active revision. No generation serves, so no handover is needed.
   * Resolves with false when there is no change or its address cannot be used.
   */
  async #activateChange(look: FileCheck): Promise<boolean> {
    const { activeConfig, listeners } = this.#deps;
    if (look.what !== 'changed') return false;
    const candidate = activeConfig.proposeRevision(look);
    try {
      const tcp = await listeners.acquireTcp(formatAddress(look.checked.config.listen));
      listeners.listenAndAdopt(tcp);
      activeConfig.activateRevision(candidate);
      return true;
    } catch (error) {
      activeConfig.rejectRevision(
        candidate,
        `revision ${candidate.accepted.revision} was given up: ${messageOf(error)}`,
      );
      return false;
    }
  }

  #describeResult(look: FileCheck): SupervisorReply {
    const { revision } = this.#deps.activeConfig.current.accepted;
    if (look.what === 'unusable') return { what: 'refused', message: look.message };
    if (look.what === 'same') return { what: 'reload', revision, applied: 'none', handover: null, keys: [] };
    return { what: 'reload', revision, applied: 'handover', handover: this.reportId, keys: look.keys };
  }

  /**
   * Returns the socket of the configured address, or the present socket when that address cannot be bound. A wrong
   * address is better than none: the address of an earlier revision may be taken by now.
   */
  async #acquireSocket({ checked }: Candidate): Promise<BoundTcpSocket> {
    const { listeners, log } = this.#deps;
    try {
      return await listeners.acquireTcp(formatAddress(checked.config.listen));
    } catch (error) {
      log.error({ error, address: listeners.address }, 'supervisor:listen_failed');
      return listeners.tcp;
    }
  }

  #handleFailure(exit: GenerationExit): GenerationExit | null {
    const { activeConfig } = this.#deps;
    // The store is unavailable; another configuration would have failed in the same way.
    if (isOutage(exit)) {
      this.#crashes.recordExit(exit);
      return null;
    }
    const hopeless = isRefusal(exit) && (this.#crashes.needsRescue || this.#promotion.lastServing === null);
    if (activeConfig.fallBack(exit.end)) {
      this.#crashes.recordExit(exit);
      this.#crashes.clearHistory();
      return null;
    }
    if (hopeless) return exit;
    this.#crashes.recordExit(exit);
    return null;
  }

  #handleServing(mode: 'normal' | 'rescue'): void {
    const { requests, handoverLog } = this.#deps;
    const { reportId: id } = this;
    this.#record = null;
    // A restart that was to be this cold start has happened, unless it was requested in order to leave rescue
    // mode.
    const wanted = requests.takeHandover();
    if (!wanted) return;
    if (wanted.id !== id) requests.requestHandover(() => wanted.id, wanted);
    else if (mode === 'rescue') requests.requestHandover(() => handoverLog.nextId(), wanted);
  }
}
