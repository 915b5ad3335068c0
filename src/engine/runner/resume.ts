import { countSuspectedCrashes, getWaitReason } from '../../core/model/state.ts';
import type { Lease } from '../engine.ts';
import type { RunnerPorts } from '../port/ports.ts';
import type { Admission } from './admission.ts';
import type { LiveSession } from './session/live-session.ts';

/** Milliseconds between two sessions that one worker resumes, when the first has work to do. */
const RESUME_PACE = 100;

/** What the queue needs from the runner. */
interface ResumeDeps {
  readonly ports: RunnerPorts;
  readonly admission: Admission;
  readonly liveSessions: ReadonlyMap<string, LiveSession>;
  loadSession(lease: Lease): Promise<LiveSession | undefined>;
  onRested(): void;
  waitUntil(condition: () => boolean): Promise<void>;
}

/**
 * Resumes the sessions that are offered without an input, such as those of a dead generation: a few at a time and
 * with pauses, so that hundreds of them do not call their providers at once. A session with a new input is resumed
 * at once.
 * A session whose present step may have killed a generation is a suspect. Suspects are tried last, one at a
 * time and the least suspected first, so that the culprit takes no other session with it and its own crash
 * count identifies it.
 */
export class ResumeQueue {
  readonly #runner: ResumeDeps;
  readonly #waiting = new Set<Lease>();
  #suspects: LiveSession[] = [];
  #workers = 0;
  #trying = false;

  constructor(runner: ResumeDeps) {
    this.#runner = runner;
  }

  /** Whether sessions wait to be resumed or are being loaded. */
  get isBusy(): boolean {
    return this.#waiting.size > 0 || this.#workers > 0;
  }

  addLease(lease: Lease): void {
    this.#waiting.add(lease);
    const forget = lease.onInput(() => {
      forget();
      if (this.#waiting.delete(lease)) void this.#resumeSession(lease);
    });
    if (this.#workers >= this.#runner.ports.settings().resumeConcurrency) return;
    this.#workers += 1;
    void this.#resumeWaiting();
  }

  async #resumeWaiting(): Promise<void> {
    const { clock } = this.#runner.ports;
    for (let lease = this.#takeNext(); lease; lease = this.#takeNext()) {
      const isAtWork = await this.#resumeSession(lease);
      if (isAtWork && this.#waiting.size > 0)
        await new Promise<void>((resolve) => clock.after(RESUME_PACE, resolve));
    }
    this.#workers -= 1;
    this.#runner.onRested();
    if (this.#workers === 0) void this.#trySuspectsOneByOne();
  }

  #takeNext(): Lease | undefined {
    // The next generation resumes the remaining sessions.
    if (this.#runner.admission.isStopped) this.#waiting.clear();
    const [next] = this.#waiting;
    if (next) this.#waiting.delete(next);
    return next;
  }

  /** Loads a session and lets it work; resolves with whether it may call a provider now. Never rejects. */
  async #resumeSession(lease: Lease): Promise<boolean> {
    const session = await this.#runner.loadSession(lease);
    if (!session) return false;
    const held = countDeaths(session) > 0;
    if (held) {
      this.#runner.admission.holdSession(session);
      this.#suspects.push(session);
    }
    session.wakeUp({ inbox: true });
    const { name, state } = session;
    this.#runner.ports.report('session:resumed', { session: name, turn: state.turns, held });
    if (held && !this.isBusy) void this.#trySuspectsOneByOne();
    // A session that waits for an approval, a retry or another session puts no load on a provider.
    return state.turn === null || getWaitReason(state.turn) === null;
  }

  async #trySuspectsOneByOne(): Promise<void> {
    if (this.#trying) return;
    this.#trying = true;
    const { admission, liveSessions, ports } = this.#runner;
    for (let session = this.#takeSuspect(); session; session = this.#takeSuspect()) {
      const suspect = session;
      const trial = TRIAL_TIME * 2 ** Math.min(countDeaths(suspect) - 1, MAX_TRIAL_DOUBLINGS);
      admission.releaseHold(suspect);
      const isOver = () =>
        suspect.isQuiet || countDeaths(suspect) === 0 || liveSessions.get(suspect.name) !== suspect;
      const survived = new Promise<void>((resolve) => ports.clock.after(trial, resolve));
      await Promise.race([this.#runner.waitUntil(isOver), survived]);
    }
    this.#trying = false;
  }

  /** Removes and returns the least suspected session; `undefined` when there is none. */
  #takeSuspect(): LiveSession | undefined {
    const [next, ...rest] = this.#suspects.toSorted((a, b) => countSoleCrashes(a) - countSoleCrashes(b));
    this.#suspects = rest;
    return next;
  }
}

/**
 * Milliseconds that a suspect runs alone before the next one starts. Each death doubles the time, up to
 * `MAX_TRIAL_DOUBLINGS` times, so that a step that kills late is still found alone.
 */
const TRIAL_TIME = 10_000;
const MAX_TRIAL_DOUBLINGS = 6;

/** Returns the number of crashes in which the session was the only suspect at work. */
function countSoleCrashes({ state }: LiveSession): number {
  const { call, tools } = state.turn ?? { call: null, tools: [] };
  return Math.max(0, ...[...(call ? [call] : []), ...tools].map(({ crashes }) => crashes));
}

function countDeaths({ state }: LiveSession): number {
  return countSuspectedCrashes(state);
}
