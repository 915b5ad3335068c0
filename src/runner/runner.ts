import { fold } from '../core/evolve.ts';
import type { Command } from '../core/model/command.ts';
import type { Recorded } from '../core/model/events.ts';
import type { Step } from '../core/model/next-action.ts';
import { type SessionState, waitsFor } from '../core/model/state.ts';
import { DamagedSessionError, FencedError, JournalConflictError } from '../errors/errors.ts';
import { Admission } from './admission.ts';
import type { RunnerPorts } from './port/ports.ts';
import { type Host, LiveSession } from './session/live-session.ts';
import { toldOf } from './session/told.ts';
import { lookAfterChildren, tellParent } from './set-aside.ts';
import { Sleepers } from './sleepers.ts';
import { Suspects } from './suspects.ts';

/**
 * Events between two snapshots of a busy session; a long history raises the number to its length. Writing a
 * snapshot costs as much as the history is long, so reading the events after it may cost as much. The second
 * constant is the least number of events worth a snapshot when a session leaves memory.
 */
const SNAPSHOT_EVERY = 100;
const SNAPSHOT_WORTH = 50;
/** Milliseconds until a session is loaded again after an unexpected failure. */
const RELOAD = 1_000;
/**
 * Holds the sessions of one generation. A session is loaded when it has new input, cranked until it rests,
 * and later dropped from memory; the journal has everything.
 */
export class Runner implements Host {
  readonly ports: RunnerPorts;
  readonly admission: Admission;
  readonly suspects: Suspects;
  readonly #live = new Map<string, LiveSession>();
  readonly #loading = new Map<string, Promise<LiveSession | undefined>>();
  /** Sessions that were notified while they were loading; a load that is fenced is then tried again. */
  readonly #heardOf = new Set<string>();
  /** Time at which each resting session came to rest, in milliseconds since the epoch. */
  readonly #resting = new Map<LiveSession, number>();
  readonly #sleepers: Sleepers;
  readonly #watchers = new Set<() => void>();
  #closed = false;
  #onReleased: ((session: LiveSession) => void) | null = null;

  constructor(ports: RunnerPorts) {
    this.ports = ports;
    this.admission = new Admission(ports);
    this.suspects = new Suspects(ports);
    this.#sleepers = new Sleepers(ports.clock, (name) => void this.poke(name));
  }

  get leaving(): boolean {
    return this.#onReleased !== null;
  }

  /**
   * Starts to leave: no session is loaded, no step starts, and each session is given up at its next step
   * boundary.
   */
  leave(onReleased: (session: LiveSession) => void): void {
    this.#onReleased = onReleased;
    this.admission.stop();
  }

  /** Sessions in memory, by name. */
  get live(): ReadonlyMap<string, LiveSession> {
    return this.#live;
  }

  /** Makes a session read its inbox, or gives it a command; loads it first if needed. Never rejects. */
  async poke(name: string, command?: Command): Promise<void> {
    const session = this.#live.get(name) ?? (await this.load(name));
    session?.poke(command ? { inbox: true, command } : { inbox: true });
  }

  /**
   * Returns the session in memory, or claims and loads it; `undefined` when it cannot run here. Never
   * rejects.
   */
  load(name: string): Promise<LiveSession | undefined> {
    const live = this.#live.get(name);
    if (live || this.#closed || this.leaving) return Promise.resolve(live);
    const known = this.#loading.get(name);
    if (known) {
      this.#heardOf.add(name);
      return known;
    }
    const loading = this.#load(name).finally(() => {
      this.#loading.delete(name);
      this.#heardOf.delete(name);
      this.rested();
    });
    this.#loading.set(name, loading);
    return loading;
  }

  async #load(name: string): Promise<LiveSession | undefined> {
    const { journal, generation } = this.ports;
    try {
      await journal.claim(name, generation);
      const { snapshot, events } = await journal.load(name);
      const state = fold(events, snapshot);
      await lookAfterChildren(this.ports, name, state, this.#givenUp);
      if (this.#givenUp()) return undefined;
      const blame = this.suspects.blame(name, state);
      const first = [{ type: 'take_over', ...this.ports.handover() } as const];
      const session = new LiveSession(name, state, this, { first, blame });
      session.snapshotAt = snapshot?.seq ?? 0;
      this.#live.set(name, session);
      this.#sleepers.delete(name);
      return session;
    } catch (error) {
      if (!(error instanceof FencedError)) await this.#failed(name, error);
      // Another generation owns it and notifies this one when it gives the session up; that notification may
      // have arrived already.
      else if (this.#heardOf.delete(name) && !this.#givenUp()) return this.#load(name);
      return undefined;
    }
  }

  /**
   * Handles a failed load. A fenced or damaged session is not retried, because it would fail again; other
   * failures are retried later.
   */
  async #failed(name: string, error: unknown): Promise<void> {
    const { report } = this.ports;
    if (error instanceof FencedError) return report('session:fenced', { session: name });
    if (!(error instanceof DamagedSessionError)) return this.#reload(name, error);
    const { reason } = error;
    // The next generation may be a newer release, which can read the journal.
    if (this.leaving) return report('session:damaged', { session: name, reason });
    try {
      await this.ports.journal.markDamaged(name, reason);
      report('session:damaged', { session: name, reason });
      await tellParent(this.ports, name, reason, this.#givenUp);
    } catch (cause) {
      report('runner:failed', { session: name, error: cause });
    }
  }

  /** Whether retries of a write must stop, because a leaving generation no longer owns what it has not kept. */
  readonly #givenUp = () => this.#closed || this.leaving;

  admit(session: LiveSession, step: Step): boolean {
    return this.admission.admit(session, step);
  }

  modelEnded(session: LiveSession): void {
    this.admission.modelEnded(session);
  }

  recorded({ name, state }: LiveSession, before: SessionState, events: readonly Recorded[]): void {
    for (const event of events) {
      const told = toldOf(event, [before, state]);
      if (told) this.ports.report(told[0], { session: name, turn: state.turns, ...told[1] });
    }
  }

  advanced(session: LiveSession): void {
    // The step's start was being recorded when the drain began.
    if (this.admission.stopped) session.letGo();
    this.admission.cranked(session);
    if (isSnapshotDue(session)) this.#snapshot(session);
    if (!isAtRest(session)) this.#resting.delete(session);
    // A session that waits for an approval or another session may wait for days, so it leaves memory at once.
    else this.#resting.set(session, session.state.turn ? 0 : this.ports.clock.now());
  }

  sent(session: string): void {
    this.ports.sent(session);
  }

  released(session: LiveSession): void {
    this.#onReleased?.(session);
    this.#keep(session);
    this.drop(session);
  }

  rested(): void {
    for (const look of this.#watchers) look();
  }

  lost(session: LiveSession, error: unknown): void {
    this.drop(session);
    void this.#failed(session.name, error);
  }

  /** Loads a session again after an unexpected failure, because the journal is the only reliable state. */
  #reload(name: string, error: unknown): void {
    const { clock, report } = this.ports;
    if (!(error instanceof JournalConflictError)) report('runner:failed', { session: name, error });
    clock.after(RELOAD, () => void this.poke(name));
  }

  /** Removes a session from memory without recording anything; the journal has everything. */
  drop(session: LiveSession): void {
    session.close();
    this.#live.delete(session.name);
    this.#resting.delete(session);
    this.admission.forget(session);
    this.rested();
  }

  /** Makes all sessions check again what they may do, after a limit or a permission has changed. */
  reconsider(): void {
    for (const session of this.#live.values()) session.poke();
  }

  /** Drops sessions from memory that have rested since `before`, in milliseconds since the epoch. */
  passivate(before: number): void {
    for (const [session, since] of this.#resting) {
      if (since > before || !session.quiet) continue;
      this.#keep(session);
      this.drop(session);
      if (session.state.turn) this.#sleepers.add(session.name, session.wakeAt);
    }
  }

  /** Whether the session is parked outside memory and nothing has to be done for it now. */
  sleeps(name: string): boolean {
    return this.#sleepers.has(name);
  }

  #keep(session: LiveSession): void {
    if (session.state.seq - session.snapshotAt >= SNAPSHOT_WORTH) this.#snapshot(session);
  }

  #snapshot(session: LiveSession): void {
    const { state, name } = session;
    session.snapshotAt = state.seq;
    this.ports.journal
      .saveSnapshot(name, state)
      .catch((error) => this.ports.report('journal:unavailable', { session: name, error }));
  }

  /** Stops all work in this process and drops every session; another generation continues them. */
  close(): void {
    this.#closed = true;
    this.admission.stop();
    this.#sleepers.close();
    for (const session of this.#live.values()) this.#keep(session);
    for (const session of [...this.#live.values()]) this.drop(session);
  }

  /**
   * Resolves as soon as no session is loading and `condition` holds. It is checked whenever a session was
   * loaded or came to rest.
   */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.#loading.size > 0 || !condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}

/**
 * Whether the session is idle, or waits for an approval or another session. A session that waits for a slot
 * stays in memory, where it can be called back.
 */
function isAtRest({ state, steps }: LiveSession): boolean {
  if (steps > 0) return false;
  if (!state.turn) return state.pending.length === 0;
  const waits = waitsFor(state.turn);
  return waits === 'approval' || waits === 'child';
}

function isSnapshotDue({ state, snapshotAt }: LiveSession): boolean {
  return state.seq - snapshotAt >= Math.max(SNAPSHOT_EVERY, state.history.length);
}
