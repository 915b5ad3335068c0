import { foldEvents } from '../../core/evolve.ts';
import type { Command } from '../../core/model/command.ts';
import type { RecordedEvent } from '../../core/model/events.ts';
import type { NextAction } from '../../core/model/next-action.ts';
import { getWaitReason, type SessionState } from '../../core/model/state.ts';
import { DamagedSessionError, FencedError, JournalConflictError } from '../../errors/errors.ts';
import type { RunnerPorts } from '../port/ports.ts';
import { Admission } from './admission.ts';
import { LiveSession, type SessionHost } from './session/live-session.ts';
import { notifyParent, reportDamagedChildren } from './set-aside.ts';
import { ParkedSessions } from './sleepers.ts';
import { Suspects } from './suspects.ts';

/**
 * Events between two snapshots of a busy session; a long history raises the number to its length. Writing a
 * snapshot costs as much as the history is long, so reading the events after it may cost as much. The second
 * constant is the least number of events worth a snapshot when a session leaves memory.
 */
const SNAPSHOT_EVERY = 100;
const MIN_SNAPSHOT_EVENTS = 50;
/** Milliseconds until a session is loaded again after an unexpected failure. */
const RELOAD_DELAY = 1_000;
/**
 * Holds the sessions of one generation. A session is loaded when it has new input, cranked until it rests,
 * and later dropped from memory; the journal has everything.
 */
export class Runner implements SessionHost {
  readonly ports: RunnerPorts;
  readonly admission: Admission;
  readonly suspects: Suspects;
  readonly #liveSessions = new Map<string, LiveSession>();
  readonly #loading = new Map<string, Promise<LiveSession | undefined>>();
  /** Sessions that were notified while they were loading; a load that is fenced is then tried again. */
  readonly #notifiedWhileLoading = new Set<string>();
  /** Time at which each resting session came to rest, in milliseconds since the epoch. */
  readonly #resting = new Map<LiveSession, number>();
  readonly #parked: ParkedSessions;
  readonly #watchers = new Set<() => void>();
  #closed = false;
  #onReleased: ((session: LiveSession) => void) | null = null;

  constructor(ports: RunnerPorts) {
    this.ports = ports;
    this.admission = new Admission(ports);
    this.suspects = new Suspects(ports);
    this.#parked = new ParkedSessions(ports.clock, (name) => void this.notifySession(name));
  }

  get isLeaving(): boolean {
    return this.#onReleased !== null;
  }

  /**
   * Starts to leave: no session is loaded, no step starts, and each session is given up at its next step
   * boundary.
   */
  beginLeaving(onReleased: (session: LiveSession) => void): void {
    this.#onReleased = onReleased;
    this.admission.stopAdmitting();
  }

  /** Sessions in memory, by name. */
  get liveSessions(): ReadonlyMap<string, LiveSession> {
    return this.#liveSessions;
  }

  /** Makes a session read its inbox, or gives it a command; loads it first if needed. Never rejects. */
  async notifySession(name: string, command?: Command): Promise<void> {
    const session = this.#liveSessions.get(name) ?? (await this.loadSession(name));
    session?.wakeUp(command ? { inbox: true, command } : { inbox: true });
  }

  /**
   * Returns the session in memory, or claims and loads it; `undefined` when it cannot run here. Never
   * rejects.
   */
  loadSession(name: string): Promise<LiveSession | undefined> {
    const live = this.#liveSessions.get(name);
    if (live || this.#closed || this.isLeaving) return Promise.resolve(live);
    const known = this.#loading.get(name);
    if (known) {
      this.#notifiedWhileLoading.add(name);
      return known;
    }
    const loading = this.#claimAndLoad(name).finally(() => {
      this.#loading.delete(name);
      this.#notifiedWhileLoading.delete(name);
      this.onRested();
    });
    this.#loading.set(name, loading);
    return loading;
  }

  async #claimAndLoad(name: string): Promise<LiveSession | undefined> {
    const { journal, generation } = this.ports;
    try {
      await journal.claimSession(name, generation);
      const { snapshot, events } = await journal.loadSession(name);
      const state = foldEvents(events, snapshot);
      await reportDamagedChildren(this.ports, name, state, this.#hasGivenUp);
      if (this.#hasGivenUp()) return undefined;
      const blame = this.suspects.getBlame(name, state);
      const first = [{ type: 'take_over', ...this.ports.describeHandover() } as const];
      const session = new LiveSession(name, state, this, { first, blame });
      session.snapshotAt = snapshot?.seq ?? 0;
      this.#liveSessions.set(name, session);
      this.#parked.removeSession(name);
      return session;
    } catch (error) {
      if (!(error instanceof FencedError)) await this.#handleLoadFailure(name, error);
      // Another generation owns it and notifies this one when it gives the session up; that notification may
      // have arrived already.
      else if (this.#notifiedWhileLoading.delete(name) && !this.#hasGivenUp())
        return this.#claimAndLoad(name);
      return undefined;
    }
  }

  /**
   * Handles a failed load. A fenced or damaged session is not retried, because it would fail again; other
   * failures are retried later.
   */
  async #handleLoadFailure(name: string, error: unknown): Promise<void> {
    const { report } = this.ports;
    if (error instanceof FencedError) return report('session:fenced', { session: name });
    if (!(error instanceof DamagedSessionError)) return this.#reloadLater(name, error);
    const { reason } = error;
    // The next generation may be a newer release, which can read the journal.
    if (this.isLeaving) return report('session:damaged', { session: name, reason });
    try {
      await this.ports.journal.markDamaged(name, reason);
      report('session:damaged', { session: name, reason });
      await notifyParent(this.ports, name, reason, this.#hasGivenUp);
    } catch (cause) {
      report('runner:failed', { session: name, error: cause });
    }
  }

  /** Whether retries of a write must stop, because a leaving generation no longer owns what it has not kept. */
  readonly #hasGivenUp = () => this.#closed || this.isLeaving;

  admitStep(session: LiveSession, step: NextAction): boolean {
    return this.admission.admitStep(session, step);
  }

  onModelCallEnded(session: LiveSession): void {
    this.admission.releaseModelSlot(session);
  }

  onRecorded({ name, state }: LiveSession, before: SessionState, events: readonly RecordedEvent[]): void {
    this.ports.observe({ session: name, before, after: state, events });
  }

  onAdvanced(session: LiveSession): void {
    // The step's start was being recorded when the drain began.
    if (this.admission.isStopped) session.releaseExternalWork();
    this.admission.releaseIdleTurn(session);
    if (isSnapshotDue(session)) this.#saveSnapshot(session);
    if (!isAtRest(session)) this.#resting.delete(session);
    // A session that waits for an approval or another session may wait for days, so it leaves memory at once.
    else this.#resting.set(session, session.state.turn ? 0 : this.ports.clock.now());
  }

  onInputSent(session: string): void {
    this.ports.sent(session);
  }

  onSessionReleased(session: LiveSession): void {
    this.#onReleased?.(session);
    this.#saveWorthwhileSnapshot(session);
    this.dropSession(session);
  }

  onRested(): void {
    for (const look of this.#watchers) look();
  }

  onSessionLost(session: LiveSession, error: unknown): void {
    this.dropSession(session);
    void this.#handleLoadFailure(session.name, error);
  }

  /** Loads a session again after an unexpected failure, because the journal is the only reliable state. */
  #reloadLater(name: string, error: unknown): void {
    const { clock, report } = this.ports;
    if (!(error instanceof JournalConflictError)) report('runner:failed', { session: name, error });
    clock.after(RELOAD_DELAY, () => void this.notifySession(name));
  }

  /** Removes a session from memory without recording anything; the journal has everything. */
  dropSession(session: LiveSession): void {
    session.close();
    this.#liveSessions.delete(session.name);
    this.#resting.delete(session);
    this.admission.forgetSession(session);
    this.onRested();
  }

  /**
   * Makes all sessions check again what they may do, after a limit or a permission has changed. Sessions that are
   * parked outside memory are loaded for it, a few at a time.
   */
  wakeAllSessions(): void {
    for (const session of this.#liveSessions.values()) session.wakeUp();
    const parked = this.#parked.listSessions();
    const wakeInTurn = async () => {
      for (let name = parked.shift(); name !== undefined; name = parked.shift())
        await this.notifySession(name);
    };
    for (let worker = 0; worker < this.ports.settings().resumeConcurrency; worker++) void wakeInTurn();
  }

  /** Drops sessions from memory that have rested since `before`, in milliseconds since the epoch. */
  passivateIdle(before: number): void {
    for (const [session, since] of this.#resting) {
      if (since > before || !session.isQuiet) continue;
      this.#saveWorthwhileSnapshot(session);
      this.dropSession(session);
      if (session.state.turn) this.#parked.addSession(session.name, session.wakeAt);
    }
  }

  /** Whether the session is parked outside memory and nothing has to be done for it now. */
  isParked(name: string): boolean {
    return this.#parked.has(name);
  }

  #saveWorthwhileSnapshot(session: LiveSession): void {
    if (session.state.seq - session.snapshotAt >= MIN_SNAPSHOT_EVENTS) this.#saveSnapshot(session);
  }

  #saveSnapshot(session: LiveSession): void {
    const { state, name } = session;
    session.snapshotAt = state.seq;
    this.ports.journal
      .saveSnapshot(name, state)
      .catch((error) => this.ports.report('journal:unavailable', { session: name, error }));
  }

  /** Stops all work in this process and drops every session; another generation continues them. */
  close(): void {
    this.#closed = true;
    this.admission.stopAdmitting();
    this.#parked.close();
    for (const session of this.#liveSessions.values()) this.#saveWorthwhileSnapshot(session);
    for (const session of [...this.#liveSessions.values()]) this.dropSession(session);
  }

  /**
   * Resolves as soon as no session is loading and `condition` holds. It is checked whenever a session was
   * loaded or came to rest.
   */
  waitUntil(condition: () => boolean): Promise<void> {
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
function isAtRest({ state, stepsInFlight: steps }: LiveSession): boolean {
  if (steps > 0) return false;
  if (!state.turn) return state.pending.length === 0;
  const waits = getWaitReason(state.turn);
  return waits === 'approval' || waits === 'child';
}

function isSnapshotDue({ state, snapshotAt }: LiveSession): boolean {
  return state.seq - snapshotAt >= Math.max(SNAPSHOT_EVERY, state.history.length);
}
