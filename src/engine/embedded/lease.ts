import type { Blame } from '../../core/model/events.ts';
import type { SessionState } from '../../core/model/state.ts';
import { FencedError } from '../../errors/errors.ts';
import type { LoadedRecords } from '../../journal/event-log.ts';
import type { InboxEntry } from '../../journal/inbox.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Lease, LeaseBatch } from '../engine.ts';

/** What a lease needs from the engine that has issued it. */
export interface LeaseOwner {
  readonly journal: Journal;
  readonly generation: number;
  readonly isLeaving: boolean;
  getBlame(session: string, generation: number): Blame;
  /** Called once, when the lease has ended. */
  onLeaseEnded(lease: EmbeddedLease, why: LeaseEnd): void;
  /** Called when an append has delivered an input to another session. */
  wakeSession(session: string): void;
}

/**
 * How a lease ended. After `rested`, the journal still names this generation as the owner of the session, and after
 * `released` no generation.
 */
export type LeaseEnd =
  | { kind: 'rested'; wakeAt: number | null }
  | { kind: 'passed' | 'released' | 'refused' | 'set_aside' | 'lost' };

/**
 * A lease of the embedded engine. The journal learns of it when the session is loaded, with a claim, so that a
 * session that is only offered costs no write.
 */
export class EmbeddedLease implements Lease {
  readonly session: string;
  readonly urgent: boolean;
  readonly #owner: LeaseOwner;
  readonly #lost = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #settled = Promise.withResolvers<void>();
  #notified = false;
  #ended = false;

  constructor(owner: LeaseOwner, session: string, urgent: boolean) {
    this.#owner = owner;
    this.session = session;
    this.urgent = urgent;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  getBlame(generation: number): Blame {
    return this.#owner.getBlame(this.session, generation);
  }

  async load(): Promise<LoadedRecords> {
    try {
      await this.#claimSession();
      return await this.#owner.journal.loadSession(this.session);
    } finally {
      this.#settled.resolve();
    }
  }

  readInbox(): Promise<InboxEntry[]> {
    return this.#owner.journal.readInbox(this.session);
  }

  onInput(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the host has loaded the session or failed to, or when the lease has ended. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Notes that no process owns the session, so that a claim that is being refused is repeated. */
  noteFree(): void {
    this.#notified = true;
  }

  /** Notifies the host of a new input, or of another reason to look at the session again. */
  notifyInput(): void {
    this.#notified = true;
    for (const listener of [...this.#listeners]) listener();
  }

  async append({ pass = false, ...batch }: LeaseBatch): Promise<void> {
    const { journal, generation } = this.#owner;
    this.#requireHeld();
    try {
      await journal.append({ ...batch, session: this.session, generation, release: pass });
    } catch (error) {
      if (error instanceof FencedError) this.end({ kind: 'lost' });
      throw error;
    }
    for (const { session } of batch.send ?? []) this.#owner.wakeSession(session);
    if (pass) this.end({ kind: 'passed' });
  }

  async saveSnapshot(state: SessionState): Promise<void> {
    await this.#owner.journal.saveSnapshot(this.session, state);
  }

  async rest(wakeAt: number | null): Promise<void> {
    this.#requireHeld();
    this.end({ kind: 'rested', wakeAt });
  }

  async pass(): Promise<void> {
    const row = await this.#owner.journal.findSession(this.session);
    if (!row) return this.end({ kind: 'released' });
    const { status, wakeAt } = row;
    await this.append({ events: [], consumed: [], status, wakeAt, pass: true });
  }

  async setAside(reason: string): Promise<void> {
    this.#requireHeld();
    await this.#owner.journal.markDamaged(this.session, reason);
    this.end({ kind: 'set_aside' });
  }

  /** Ends the lease; does nothing when it has ended before. */
  end(why: LeaseEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settled.resolve();
    this.#listeners.clear();
    this.#owner.onLeaseEnded(this, why);
    if (why.kind === 'lost') this.#lost.abort();
  }

  /**
   * Claims the session. A claim that is refused is repeated when a notification has arrived meanwhile, because it
   * may say that the owner has given the session up.
   */
  async #claimSession(): Promise<void> {
    const { journal, generation } = this.#owner;
    for (;;) {
      this.#requireHeld();
      this.#notified = false;
      try {
        return await journal.claimSession(this.session, generation);
      } catch (error) {
        if (!(error instanceof FencedError)) throw error;
        if (this.#notified && !this.#owner.isLeaving) continue;
        this.end({ kind: 'refused' });
        throw error;
      }
    }
  }

  #requireHeld(): void {
    if (this.#ended) throw new FencedError(this.session, this.#owner.generation, null);
  }
}
