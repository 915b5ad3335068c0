import type { Cause, HandoverNotice, HandoverReport, Phase, SessionReport } from '../ipc/messages.ts';

export interface Beginning {
  id: string;
  cause: Cause;
  reason: string;
  /** Who asked; default: no client. */
  by?: string | null;
  /** When it was wanted, in ms since the epoch; default now. */
  at?: number;
  /** Number of the generation that serves, or served until it crashed. */
  from: number | null;
  revision: { from: number | null; to: number };
  /** Whoever ran the sessions was killed, and could not say which. */
  killed?: boolean;
}

/** A report of more sessions than this would be of no use to anybody. */
const MOST_SESSIONS = 10_000;

/**
 * The report of one handover while it is written.
 *
 *   wanted   → `id` is given; left when its candidate is started
 *   booting  → a candidate runs; again after each one that did not make it, where there is nobody else to serve
 *   ready    → it has checked everything and is probed
 *   serving  → it serves
 *   draining → the former one, if it lives, finishes its steps and hands over its sessions
 *   done     → the former one has ended. A stop has `draining` and `done` only
 *   failed   → at any point before `serving`; who served before serves on
 *
 * After the last two only `resumed` still adds to it.
 */
export class HandoverRecord {
  readonly #report: HandoverReport;
  readonly #killed: boolean;
  readonly #by: string | null;
  #changed: (phase: boolean) => void = () => {};
  readonly #sessions = new Map<string, SessionReport>();
  /** What durations count from; null until a drain begins, for a start or a crash its beginning. */
  #since: number | null;

  constructor(beginning: Beginning) {
    const { id, cause, reason, at = Date.now(), from, revision, killed = false, by = null } = beginning;
    this.#killed = killed;
    this.#by = by;
    this.#report = {
      ...{ id, cause, reason, phase: 'wanted', phases: [{ phase: 'wanted', at }], from, to: null },
      ...{ revision, keys: [], failure: null, sessions: [] },
    };
    this.#since = cause === 'start' || cause === 'crash' ? performance.now() : null;
  }

  /** `changed` hears whether a phase was entered, or only something about sessions was learned. Must not throw. */
  onChange(changed: (phase: boolean) => void): void {
    this.#changed = changed;
  }

  get id(): string {
    return this.#report.id;
  }

  get to(): number | null {
    return this.#report.to;
  }

  get phase(): Phase {
    return this.#report.phase;
  }

  get report(): HandoverReport {
    return { ...this.#report, sessions: [...this.#sessions.values()] };
  }

  get notice(): HandoverNotice {
    const { id, cause, reason, keys, revision } = this.#report;
    return { id, cause, reason, by: this.#by, keys, revision };
  }

  enter(phase: Phase): void {
    this.#report.phase = phase;
    this.#report.phases.push({ phase, at: Date.now() });
    if (phase === 'draining') this.#since ??= performance.now();
    this.#changed(true);
  }

  /** What is handed over to: a revision that is new or not, and what it changed when it was new. */
  configured(to: number, keys: string[]): void {
    const { revision } = this.#report;
    this.#report.keys = revision.from === to ? [] : keys;
    revision.to = to;
  }

  /** The code is another one than before. */
  upgraded(from: string, to: string): void {
    if (this.#report.cause === 'crash') return;
    this.#report.cause = 'upgrade';
    this.#report.reason = `${this.#report.reason} (version ${from} → ${to})`;
  }

  /** Who takes over has a number. */
  isTo(generation: number): void {
    this.#report.to = generation;
  }

  fail(failure: string): void {
    this.#report.failure = failure;
    this.enter('failed');
  }

  left(sessions: readonly SessionReport[]): void {
    for (const report of sessions) {
      // Who waited was free at once.
      const after = report.state === 'parked' ? this.#elapsed() : report.after;
      this.#put(report.session, { ...report, after });
    }
    this.#changed(false);
  }

  moved(session: string, how: 'boundary' | 'cut', cut: readonly string[]): void {
    const state = how === 'cut' ? 'cut' : 'moved';
    this.#put(session, { state, after: this.#elapsed(), ...(cut.length > 0 ? { holding: [...cut] } : {}) });
    this.#changed(false);
  }

  resumed(session: string): void {
    const known = this.#sessions.get(session);
    if (known && known.resumedAfter !== null) return;
    const elapsed = this.#elapsed();
    // Nobody was told which sessions that cut; they are those that are taken up again.
    const found = !known && this.#killed ? { state: 'cut' as const, after: 0 } : {};
    this.#put(session, { ...found, resumedAfter: elapsed });
    this.#changed(false);
  }

  /** The former generation has ended. What it still ran died with it. */
  ended(): void {
    for (const [session, { state }] of this.#sessions) {
      if (state === 'running') this.#put(session, { state: 'cut', after: this.#elapsed() });
    }
    this.enter('done');
  }

  #put(session: string, learned: Partial<SessionReport>): void {
    const known = this.#sessions.get(session);
    if (!known && this.#sessions.size >= MOST_SESSIONS) return;
    this.#sessions.set(session, { ...(known ?? unknown(session)), ...learned });
  }

  #elapsed(): number | null {
    return this.#since === null ? null : Math.round(performance.now() - this.#since);
  }
}

function unknown(session: string): SessionReport {
  return { session, state: 'parked', holding: [], after: null, resumedAfter: null };
}
