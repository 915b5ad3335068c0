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
 * How the daemon comes to serve when no generation does: at its start and after a crash. One opening is one report,
 * however many generations it takes; between them it waits as the crashes so far say.
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

  /** Of its report; null when somebody serves. */
  get id(): string | null {
    return this.#record?.id ?? null;
  }

  /**
   * Starts one generation. Resolves with null when it serves, has failed or is not wanted any more; with how it ended
   * when it said that no other can succeed either.
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
    // Else the next attempt finds the address taken, by this very process.
    listeners.discard(tcp);
    return wishes.stop ? null : this.#failed(exit);
  }

  /** The daemon stops before it has come to serve. */
  abandon(reason: string): void {
    this.#record?.fail(`the daemon was stopped: ${reason}`);
    this.#record = null;
  }

  #begin(): HandoverRecord {
    const { last } = this.#succession;
    const { chronicle, keeper, wishes, killedBefore } = this.#parts;
    return chronicle.begin({
      // Whoever waits for a handover gets this one.
      id: wishes.handover?.id ?? chronicle.nextId(),
      cause: last ? 'crash' : 'start',
      reason: last ? `generation ${last.number} ${this.#crashes.last}` : this.#parts.whyStarted,
      from: last?.number ?? null,
      killed: last !== null || killedBefore,
      revision: { from: last?.revision ?? null, to: keeper.current.accepted.revision },
    });
  }

  /** As long as the crashes say, or until there is something new to try. */
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

  /** Does what is wanted while nobody serves. True when the next generation may fare better for it. */
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

  /** Nobody is in the way of a new configuration. True when there is one. */
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

  /** Better the wrong address than none: a revision that runs again finds its own taken, perhaps. */
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
    // No other configuration would have fared better.
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
    // A restart that was to be this opening has happened, unless it was wanted in order to leave rescue mode.
    const wanted = wishes.takeHandover();
    if (!wanted) return;
    if (wanted.id !== id) wishes.wantHandover(() => wanted.id, wanted);
    else if (mode === 'rescue') wishes.wantHandover(() => chronicle.nextId(), wanted);
  }
}
