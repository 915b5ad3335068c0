import type { Cause, HandoverNotice, HandoverPhase, HandoverReport, SessionReport } from '../ipc/messages.ts';

export interface HandoverStart {
  id: string;
  cause: Cause;
  reason: string;
  /** Principal of the client that requested the handover; default: no client did. */
  by?: string | null;
  /** When the handover was requested, in ms since the epoch; default: now. */
  at?: number;
  /** Number of the generation that serves, or that served until it crashed. */
  from: number | null;
  revision: { from: number | null; to: number };
  /** True when the process that ran the sessions was killed and could not say which ones it cut. */
  killed?: boolean;
}

/** Number of sessions that one report names; a longer list would not help any reader. */
const MAX_SESSIONS = 10_000;

/**
 * The report of one handover while it is being written. Its phases:
 *
 *   wanted   → `id` is assigned; left when the candidate is started
 *   booting  → a candidate runs; repeated for each failed candidate of a cold start
 *   ready    → the candidate has checked everything and is probed
 *   serving  → the candidate serves
 *   draining → the former generation, if it lives, finishes its steps and gives up its sessions
 *   done     → the former generation has ended. A stop has only `draining` and `done`
 *   failed   → at any point before `serving`; a generation that served before continues to serve
 *
 * After `done` and `failed` only resumed sessions are still added.
 */
export class HandoverRecord {
  readonly #report: HandoverReport;
  readonly #killed: boolean;
  readonly #by: string | null;
  #onChange: (phase: boolean) => void = () => {};
  readonly #sessions = new Map<string, SessionReport>();
  /**
   * Start of all durations, by the monotonic clock: the start of the drain, or of the cold start after a start or
   * a crash; null before.
   */
  #since: number | null;

  constructor(beginning: HandoverStart) {
    const { id, cause, reason, at = Date.now(), from, revision, killed = false, by = null } = beginning;
    this.#killed = killed;
    this.#by = by;
    this.#report = {
      ...{ id, cause, reason, phase: 'wanted', phases: [{ phase: 'wanted', at }], from, to: null },
      ...{ revision, keys: [], failure: null, sessions: [] },
    };
    this.#since = cause === 'start' || cause === 'crash' ? performance.now() : null;
  }

  /**
   * `changed` is called after each change, with true when a phase was entered and false when only session data
   * changed. Must not throw.
   */
  onChange(changed: (phase: boolean) => void): void {
    this.#onChange = changed;
  }

  get id(): string {
    return this.#report.id;
  }

  get to(): number | null {
    return this.#report.to;
  }

  get phase(): HandoverPhase {
    return this.#report.phase;
  }

  get report(): HandoverReport {
    return { ...this.#report, sessions: [...this.#sessions.values()] };
  }

  get notice(): HandoverNotice {
    const { id, cause, reason, keys, revision } = this.#report;
    return { id, cause, reason, by: this.#by, keys, revision };
  }

  enterPhase(phase: HandoverPhase): void {
    this.#report.phase = phase;
    this.#report.phases.push({ phase, at: Date.now() });
    if (phase === 'draining') this.#since ??= performance.now();
    this.#onChange(true);
  }

  /**
   * Sets the revision that the next generation runs, and the keys that it changes; no keys when the revision stays
   * the same.
   */
  setRevision(to: number, keys: string[]): void {
    const { revision } = this.#report;
    this.#report.keys = revision.from === to ? [] : keys;
    revision.to = to;
  }

  /**
   * Makes an upgrade of the handover, because the candidate runs another version of the code. The cause of a crash
   * is kept.
   */
  markUpgrade(from: string, to: string): void {
    if (this.#report.cause === 'crash') return;
    this.#report.cause = 'upgrade';
    this.#report.reason = `${this.#report.reason} (version ${from} → ${to})`;
  }

  /** Sets the number of the generation that takes over, which is known once that generation is ready. */
  setSuccessor(generation: number): void {
    this.#report.to = generation;
  }

  failWith(failure: string): void {
    this.#report.failure = failure;
    this.enterPhase('failed');
  }

  recordSessions(sessions: readonly SessionReport[]): void {
    for (const report of sessions) {
      // Parked sessions are free for the next generation at once.
      const after = report.state === 'parked' ? this.#elapsedTime() : report.after;
      this.#updateSession(report.session, { ...report, after });
    }
    this.#onChange(false);
  }

  recordMove(session: string, how: 'boundary' | 'cut', cut: readonly string[]): void {
    const state = how === 'cut' ? 'cut' : 'moved';
    this.#updateSession(session, {
      state,
      after: this.#elapsedTime(),
      ...(cut.length > 0 ? { holding: [...cut] } : {}),
    });
    this.#onChange(false);
  }

  recordResume(session: string): void {
    const known = this.#sessions.get(session);
    if (known && known.resumedAfter !== null) return;
    const elapsed = this.#elapsedTime();
    // The killed process named no sessions; those that are resumed now are the ones that it cut.
    const found = !known && this.#killed ? { state: 'cut' as const, after: 0 } : {};
    this.#updateSession(session, { ...found, resumedAfter: elapsed });
    this.#onChange(false);
  }

  /**
   * Completes the report, because the former generation has ended. Sessions that it still ran were cut with it.
   */
  completeDrain(): void {
    for (const [session, { state }] of this.#sessions) {
      if (state === 'running') this.#updateSession(session, { state: 'cut', after: this.#elapsedTime() });
    }
    this.enterPhase('done');
  }

  #updateSession(session: string, learned: Partial<SessionReport>): void {
    const known = this.#sessions.get(session);
    if (!known && this.#sessions.size >= MAX_SESSIONS) return;
    this.#sessions.set(session, { ...(known ?? createSessionReport(session)), ...learned });
  }

  #elapsedTime(): number | null {
    return this.#since === null ? null : Math.round(performance.now() - this.#since);
  }
}

function createSessionReport(session: string): SessionReport {
  return { session, state: 'parked', holding: [], after: null, resumedAfter: null };
}
