import type { Blame } from '../../core/model/events.ts';
import type { SessionRow } from '../../journal/catalog.ts';
import type { Journal } from '../../journal/journal.ts';
import type { EmitEvent } from '../../telemetry/events/catalogue.ts';
import type { Engine, Host, SessionStore } from '../engine.ts';
import type { Clock } from '../port/ports.ts';
import { EmbeddedLease, type LeaseEnd, type LeaseOwner } from './lease.ts';
import { ParkedSessions } from './parked-sessions.ts';
import { Suspects } from './suspects.ts';

export interface EmbeddedDeps {
  journal: Journal;
  /** The number with which this process was registered in the journal. */
  generation: number;
  clock: Clock;
  report: EmitEvent;
  /**
   * Called when a session should be offered by another process of this home: this one leaves and an input has
   * arrived, or it has passed the session. Must not throw.
   */
  offerElsewhere(session: string): void;
  /**
   * Called when an append was refused because a later generation counts this one as dead, so that every further
   * action of this process would be wrong. Must not throw.
   */
  onSuperseded(): void;
}

/** Milliseconds until a session that was passed is offered here again, when no other process has taken it. */
const PASS_DELAY = 1_000;

/**
 * The engine of one home: sessions are in its journal, and a session belongs to the generation that has claimed it.
 * A session that rests stays with this process, which costs no write and no memory, until an input or its time
 * wakes it. Which earlier generations are alive is known outside, so `Predecessors`
 * calls `endGenerationsExcept` and `offerUnfinished`.
 */
export class EmbeddedEngine implements Engine, LeaseOwner {
  readonly journal: Journal;
  readonly generation: number;
  readonly #deps: EmbeddedDeps;
  readonly #leases = new Map<string, EmbeddedLease>();
  readonly #parked: ParkedSessions;
  readonly #suspects: Suspects;
  #host: Host | undefined;
  #isLeaving = false;
  #closed = false;
  #stopWatching = () => {};

  constructor(deps: EmbeddedDeps) {
    this.#deps = deps;
    this.journal = deps.journal;
    this.generation = deps.generation;
    this.#suspects = new Suspects(deps);
    this.#parked = new ParkedSessions(deps.clock, (session) => this.#offerSession(session, true));
  }

  get store(): string {
    return this.journal.store;
  }

  get sessions(): SessionStore {
    return this.journal;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  serve(host: Host): void {
    this.#host = host;
    this.#stopWatching = this.journal.watch((session, foreign) => this.#handleChange(session, foreign));
  }

  wakeSession(session: string): void {
    const lease = this.#leases.get(session);
    lease?.notifyInput();
    if (this.#isLeaving) this.#deps.offerElsewhere(session);
    else if (!lease) this.#offerSession(session, true);
  }

  offerRested(): void {
    if (!this.#host || this.#isLeaving) return;
    this.#offerRows(({ owner }) => owner === this.generation).catch((error: unknown) =>
      this.#deps.report('generation:take_up_failed', { error }),
    );
  }

  /** Offers all sessions that are unfinished and free, at the pace of the host; resolves with their number when it has them. */
  async offerUnfinished(): Promise<number> {
    return this.#offerRows((row) => this.#isDue(row));
  }

  async #offerRows(isDue: (row: SessionRow) => boolean): Promise<number> {
    const unfinished = await this.journal.listUnfinished();
    // The next generation offers them.
    if (!this.#host || this.#isLeaving) return 0;
    for (const { session, owner } of unfinished) if (owner === null) this.#leases.get(session)?.noteFree();
    const found = unfinished.filter((row) => !this.#leases.has(row.session) && isDue(row));
    const offered = found.map(({ session }) => this.#offerSession(session, false));
    await Promise.all(offered.map((lease) => lease?.settled));
    return found.length;
  }

  /**
   * Determines which sessions may have crashed the generation; must run before its sessions are freed. Never
   * rejects.
   */
  judgeGeneration(generation: number): Promise<void> {
    return this.#suspects.judgeGeneration(generation);
  }

  /** Marks all earlier generations except those in `alive` as ended, which frees their sessions. */
  endGenerationsExcept(alive: readonly number[]): Promise<void> {
    return this.journal.endEarlierGenerations(this.generation, alive);
  }

  async leave(keep: readonly string[]): Promise<void> {
    this.#isLeaving = true;
    this.#parked.close();
    const kept = new Set(keep);
    for (const [session, lease] of this.#leases) if (!kept.has(session)) lease.end({ kind: 'released' });
    await this.journal.startLeaving(this.generation, keep);
  }

  async close(): Promise<void> {
    this.stop();
    await this.journal.closeGeneration(this.generation);
    await this.journal.close();
  }

  /** Stops offering sessions, without a write; what is left is offered by the next generation. */
  stop(): void {
    this.#closed = true;
    this.#host = undefined;
    this.#parked.close();
    this.#stopWatching();
  }

  getBlame(session: string, generation: number): Blame {
    return this.#suspects.getBlame(session, generation);
  }

  onLeaseEnded(lease: EmbeddedLease, why: LeaseEnd): void {
    if (this.#leases.get(lease.session) === lease) this.#leases.delete(lease.session);
    if (this.#isLeaving) return;
    if (why.kind === 'rested' && why.wakeAt !== null) this.#parked.addSession(lease.session, why.wakeAt);
    if (why.kind === 'lost') this.#deps.onSuperseded();
    if (why.kind === 'passed') this.#offerPassed(lease.session);
  }

  /** Another process of the home is told at once; this one looks later whether the session is still free. */
  #offerPassed(session: string): void {
    this.#deps.offerElsewhere(session);
    this.#deps.clock.after(PASS_DELAY, () => void this.#offerIfFree(session, isUnfinished));
  }

  #offerSession(session: string, urgent: boolean): EmbeddedLease | undefined {
    if (!this.#host || this.#isLeaving || this.#leases.has(session)) return undefined;
    const lease = new EmbeddedLease(this, session, urgent);
    this.#leases.set(session, lease);
    this.#parked.removeSession(session);
    this.#host.own(lease);
    return lease;
  }

  /**
   * Handles a write to a session. An input that another process has delivered is due here when this process has
   * the session or no process has it, even when the writing process can no longer say so.
   */
  #handleChange(session: string, foreign: boolean): void {
    if (this.#isLeaving) this.#leases.get(session)?.notifyInput();
    else if (foreign) void this.#offerIfFree(session, hasInput);
  }

  async #offerIfFree(session: string, isDue: (row: SessionRow) => boolean): Promise<void> {
    if (this.#closed) return;
    try {
      const row = await this.journal.findSession(session);
      if (row && this.#isOurs(row) && row.damaged === null && isDue(row) && !this.#isLeaving)
        this.wakeSession(session);
    } catch (error) {
      this.#deps.report('generation:look_failed', { session, error });
    }
  }

  #isOurs({ owner }: SessionRow): boolean {
    return owner === null || owner === this.generation;
  }

  /** A session that this generation owns without a lease rests; only an input or its time makes it due. */
  #isDue(row: SessionRow): boolean {
    return row.owner === null || (row.owner === this.generation && row.inputs > 0);
  }
}

function hasInput({ inputs }: SessionRow): boolean {
  return inputs > 0;
}

function isUnfinished({ status, inputs }: SessionRow): boolean {
  return (status !== 'idle' && status !== 'quarantined') || inputs > 0;
}
