import { foldEvents } from '../../core/evolve.ts';
import type { RecordedEvent } from '../../core/model/events.ts';
import type { NextAction } from '../../core/model/next-action.ts';
import { getWaitReason, type SessionState } from '../../core/model/state.ts';
import {
  DamagedSessionError,
  FencedError,
  JournalConflictError,
  SessionNotFoundError,
} from '../../errors/errors.ts';
import type { Host, Lease } from '../engine.ts';
import type { RunnerPorts } from '../port/ports.ts';
import { Admission } from './admission.ts';
import { ResumeQueue } from './resume.ts';
import { LiveSession, type SessionHost } from './session/live-session.ts';
import { notifyParent, reportDamagedChildren } from './set-aside.ts';

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
 * Runs the sessions that an engine offers to this process. A session is loaded when it is offered, cranked until it
 * rests, and later dropped from memory and given back; the journal has everything.
 */
export class Runner implements Host, SessionHost {
  readonly ports: RunnerPorts;
  readonly admission: Admission;
  readonly #resume: ResumeQueue;
  readonly #liveSessions = new Map<string, LiveSession>();
  readonly #loading = new Set<Lease>();
  /** Time at which each resting session came to rest, in milliseconds since the epoch. */
  readonly #resting = new Map<LiveSession, number>();
  readonly #watchers = new Set<() => void>();
  #closed = false;
  #onPassed: ((session: LiveSession) => void) | null = null;

  constructor(ports: RunnerPorts) {
    this.ports = ports;
    this.admission = new Admission(ports);
    this.#resume = new ResumeQueue(this);
  }

  get isLeaving(): boolean {
    return this.#onPassed !== null;
  }

  /** Whether offered sessions wait to be resumed. */
  get isResuming(): boolean {
    return this.#resume.isBusy;
  }

  /** Starts to leave: no session is loaded, no step starts, and each session is passed at its next step boundary. */
  beginLeaving(onPassed: (session: LiveSession) => void): void {
    this.#onPassed = onPassed;
    this.admission.stopAdmitting();
  }

  /** Sessions in memory, by name. */
  get liveSessions(): ReadonlyMap<string, LiveSession> {
    return this.#liveSessions;
  }

  own(lease: Lease): void {
    if (lease.urgent) void this.#runSession(lease);
    else this.#resume.addLease(lease);
  }

  places(): { names: readonly string[]; sessions: number } {
    return { names: this.ports.places, sessions: this.#liveSessions.size };
  }

  async #runSession(lease: Lease): Promise<void> {
    const session = await this.loadSession(lease);
    session?.wakeUp({ inbox: true });
  }

  /** Loads an offered session; resolves with `undefined` when it cannot run here. Never rejects. */
  async loadSession(lease: Lease): Promise<LiveSession | undefined> {
    if (this.#hasGivenUp()) return undefined;
    this.#loading.add(lease);
    try {
      return await this.#loadWithLease(lease);
    } catch (error) {
      // Another host has it and passes it when it gives it up.
      if (!(error instanceof FencedError)) await this.#handleFailure(lease, error);
      return undefined;
    } finally {
      this.#loading.delete(lease);
      this.onRested();
    }
  }

  async #loadWithLease(lease: Lease): Promise<LiveSession | undefined> {
    const { session: name } = lease;
    const { snapshot, events } = await lease.load();
    const state = foldEvents(events, snapshot);
    await reportDamagedChildren(this.ports, name, state, this.#hasGivenUp);
    if (this.#hasGivenUp() || lease.lost.aborted) return undefined;
    const blame = lease.getBlame(state.turn?.generation ?? 0);
    const first = [{ type: 'take_over', ...this.ports.describeHandover() } as const];
    const session = new LiveSession(lease, state, this, { first, blame });
    session.snapshotAt = snapshot?.seq ?? 0;
    this.#liveSessions.set(name, session);
    lease.lost.addEventListener('abort', () => this.#handleLoss(session), { once: true });
    return session;
  }

  /**
   * Handles a failure to load or to run a session. A damaged session is set aside, because it would fail again; after
   * other failures it is offered again, because the journal is the only reliable state.
   */
  async #handleFailure(lease: Lease, error: unknown): Promise<void> {
    const { report, clock } = this.ports;
    const { session } = lease;
    if (error instanceof DamagedSessionError) return this.#setAside(lease, error.reason);
    const isMissing = error instanceof SessionNotFoundError;
    if (!isMissing && !(error instanceof JournalConflictError)) report('runner:failed', { session, error });
    if (!this.#hasGivenUp()) this.#giveBack(lease, isMissing ? null : clock.now() + RELOAD_DELAY);
  }

  async #setAside(lease: Lease, reason: string): Promise<void> {
    const { report } = this.ports;
    const { session } = lease;
    // The next generation may be a newer release, which can read the journal.
    if (this.isLeaving) return report('session:damaged', { session, reason });
    try {
      await lease.setAside(reason);
      report('session:damaged', { session, reason });
      await notifyParent(this.ports, session, reason, this.#hasGivenUp);
    } catch (error) {
      report('runner:failed', { session, error });
      this.#giveBack(lease, this.ports.clock.now() + RELOAD_DELAY);
    }
  }

  #giveBack(lease: Lease, wakeAt: number | null): void {
    lease.rest(wakeAt).catch((error: unknown) => {
      // A lease that is lost has nothing to give back.
      if (!(error instanceof FencedError))
        this.ports.report('runner:failed', { session: lease.session, error });
    });
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

  onSessionPassed(session: LiveSession): void {
    this.#onPassed?.(session);
    this.#saveWorthwhileSnapshot(session);
    this.dropSession(session);
  }

  onRested(): void {
    for (const look of this.#watchers) look();
  }

  onSessionFailed(session: LiveSession, error: unknown): void {
    if (error instanceof FencedError) this.#handleLoss(session);
    else {
      this.dropSession(session);
      void this.#handleFailure(session.lease, error);
    }
  }

  /** Another host has the session: drops it; does nothing when it is no longer in memory. */
  #handleLoss(session: LiveSession): void {
    if (this.#liveSessions.get(session.name) !== session) return;
    this.dropSession(session);
    this.ports.report('session:fenced', { session: session.name });
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
   * Makes all sessions check again what they may do, after a limit or a permission has changed. Sessions that rest
   * outside memory in the middle of a turn are offered again for it.
   */
  wakeAllSessions(): void {
    for (const session of this.#liveSessions.values()) session.wakeUp();
    this.ports.engine.offerRested();
  }

  /** Gives back the sessions that have rested since `before`, in milliseconds since the epoch. */
  passivateIdle(before: number): void {
    for (const [session, since] of this.#resting) {
      if (since > before || !session.isQuiet) continue;
      this.#saveWorthwhileSnapshot(session);
      this.dropSession(session);
      this.#giveBack(session.lease, session.state.turn ? session.wakeAt : null);
    }
  }

  #saveWorthwhileSnapshot(session: LiveSession): void {
    if (session.state.seq - session.snapshotAt >= MIN_SNAPSHOT_EVENTS) this.#saveSnapshot(session);
  }

  #saveSnapshot(session: LiveSession): void {
    const { state, name, lease } = session;
    session.snapshotAt = state.seq;
    lease
      .saveSnapshot(state)
      .catch((error) => this.ports.report('journal:unavailable', { session: name, error }));
  }

  /** Stops all work in this process and drops every session; another host continues them. */
  close(): void {
    this.#closed = true;
    this.admission.stopAdmitting();
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
