import { formatAddress } from '../../config/fields/address.ts';
import { messageOf } from '../../errors/errors.ts';
import type { Look } from '../config/active-config.ts';
import type { Candidate } from '../config/candidate.ts';
import type { Answer } from '../ipc/messages.ts';
import { type Crashes, isOutage, isRefusal } from '../process/crashes.ts';
import type { GenerationExit } from '../process/generation-process.ts';
import type { BoundTcpSocket } from '../sockets/sockets.ts';
import type { Parts } from './deps.ts';
import type { HandoverRecord } from './handover-record.ts';
import type { Succession } from './promotion.ts';

/**
 * Brings the daemon to serve when no generation does: at its start and after a crash. One cold start writes one
 * report, however many generations it takes; between them it waits as long as the crash history says.
 */
export class Opening {
  readonly #parts: Parts;
  readonly #succession: Succession;
  readonly #crashes: Crashes;
  #record: HandoverRecord | null = null;

  constructor(parts: Parts, succession: Succession, crashes: Crashes) {
    this.#parts = parts;
    this.#succession = succession;
    this.#crashes = crashes;
  }

  /** Id of the report of the cold start under way; null when a generation serves. */
  get id(): string | null {
    return this.#record?.id ?? null;
  }

  /**
   * Starts one generation, after the pause that is due. Resolves with null when it serves, has failed, or is no
   * longer wanted because the daemon stops. Resolves with how it ended when no further attempt can succeed.
   */
  async attempt(): Promise<GenerationExit | null> {
    const { wishes, keeper, listeners } = this.#parts;
    this.#record ??= this.#begin();
    await this.#pause();
    if (wishes.stop) return null;
    const candidate = keeper.current;
    const mode = keeper.usable && !this.#crashes.rescue ? 'normal' : 'rescue';
    const tcp = await this.#socketFor(candidate);
    const exit = await this.#succession.raise(this.#record, { candidate, mode, tcp });
    if (!exit) {
      this.#served(mode);
      return null;
    }
    // Otherwise the next attempt would find the address taken by this very process.
    listeners.discard(tcp);
    return wishes.stop ? null : this.#failed(exit);
  }

  /** Marks the report as failed, because the daemon stops before a generation serves. */
  abandon(reason: string): void {
    this.#record?.fail(`the daemon was stopped: ${reason}`);
    this.#record = null;
  }

  #begin(): HandoverRecord {
    const { last } = this.#succession;
    const { chronicle, keeper, wishes, killedBefore } = this.#parts;
    return chronicle.begin({
      // A client that waits for a pending handover is answered by this cold start.
      id: wishes.handover?.id ?? chronicle.nextId(),
      cause: last ? 'crash' : 'start',
      reason: last ? `generation ${last.number} ${this.#crashes.last}` : this.#parts.whyStarted,
      from: last?.number ?? null,
      killed: last !== null || killedBefore,
      revision: { from: last?.revision ?? null, to: keeper.current.accepted.revision },
    });
  }

  /**
   * Waits as long as the crash history says, or until a request or a changed file gives the next generation a
   * better chance.
   */
  async #pause(): Promise<void> {
    const { wishes, bell } = this.#parts;
    const { delay } = this.#crashes;
    let over = delay === 0;
    const timer = setTimeout(() => {
      over = true;
      bell.ring();
    }, delay);
    while (!(await this.#obey()) && !over && !wishes.stop) {
      await bell.until(() => over || wishes.stop !== null || wishes.handover !== null || wishes.look);
    }
    clearTimeout(timer);
  }

  /**
   * Handles the requests that arrive while no generation serves. Resolves with true when the next generation may
   * fare better because of them; the crash history is cleared then.
   */
  async #obey(): Promise<boolean> {
    const { wishes, keeper } = this.#parts;
    let fresh = false;
    if (wishes.look) {
      const looks = wishes.takeLooks();
      const look = keeper.look();
      fresh = await this.#follow(look);
      for (const each of looks) each.tell({ look, answer: this.#answer(look) });
    }
    const wanted = wishes.takeHandover();
    if (wanted) {
      await this.#follow(keeper.look(wanted.again));
      fresh = true;
    }
    if (fresh) this.#crashes.forget();
    return fresh;
  }

  /**
   * Makes changed content of the file the active revision. No generation serves, so no handover is needed.
   * Resolves with false when there is no change or its address cannot be used.
   */
  async #follow(look: Look): Promise<boolean> {
    const { keeper, listeners } = this.#parts;
    if (look.what !== 'changed') return false;
    const candidate = keeper.propose(look);
    try {
      const tcp = await listeners.tcpFor(formatAddress(look.checked.config.listen));
      listeners.prefer(tcp);
      keeper.take(candidate);
      return true;
    } catch (error) {
      keeper.reject(candidate, `revision ${candidate.accepted.revision} was given up: ${messageOf(error)}`);
      return false;
    }
  }

  #answer(look: Look): Answer {
    const { revision } = this.#parts.keeper.current.accepted;
    if (look.what === 'unusable') return { what: 'refused', message: look.message };
    if (look.what === 'same') return { what: 'reload', revision, applied: 'none', handover: null, keys: [] };
    return { what: 'reload', revision, applied: 'handover', handover: this.id, keys: look.keys };
  }

  /**
   * Returns the socket of the configured address, or the present socket when that address cannot be bound. A wrong
   * address is better than none: the address of an earlier revision may be taken by now.
   */
  async #socketFor({ checked }: Candidate): Promise<BoundTcpSocket> {
    const { listeners, log } = this.#parts;
    try {
      return await listeners.tcpFor(formatAddress(checked.config.listen));
    } catch (error) {
      log.error({ error, address: listeners.address }, 'supervisor:listen_failed');
      return listeners.tcp;
    }
  }

  #failed(exit: GenerationExit): GenerationExit | null {
    const { keeper } = this.#parts;
    // The store is unavailable; another configuration would have failed in the same way.
    if (isOutage(exit)) {
      this.#crashes.note(exit);
      return null;
    }
    const hopeless = isRefusal(exit) && (this.#crashes.rescue || this.#succession.last === null);
    if (keeper.fallBack(exit.end)) {
      this.#crashes.note(exit);
      this.#crashes.forget();
      return null;
    }
    if (hopeless) return exit;
    this.#crashes.note(exit);
    return null;
  }

  #served(mode: 'normal' | 'rescue'): void {
    const { wishes, chronicle } = this.#parts;
    const { id } = this;
    this.#record = null;
    // A restart that was to be this cold start has happened, unless it was requested in order to leave rescue
    // mode.
    const wanted = wishes.takeHandover();
    if (!wanted) return;
    if (wanted.id !== id) wishes.wantHandover(() => wanted.id, wanted);
    else if (mode === 'rescue') wishes.wantHandover(() => chronicle.nextId(), wanted);
  }
}
