import { countSuspectedCrashes, getWaitReason } from '../../core/model/state.ts';
import type { Runner } from './runner.ts';
import type { LiveSession } from './session/live-session.ts';

/** Milliseconds between two sessions that one worker resumes, when the first has work to do. */
const RESUME_PACE = 100;

/**
 * Resumes every session with unfinished work that no other generation owns; returns how many. Call it again
 * when an earlier generation has given up more.
 * Sessions are resumed a few at a time and with pauses, so that hundreds of them do not call their providers
 * at once.
 * A session whose present step may have killed a generation is a suspect. Suspects are tried last, one at a
 * time and the least suspected first, so that the culprit takes no other session with it and its own crash
 * count identifies it.
 */
export async function resumeSessions(runner: Runner): Promise<number> {
  const { journal, settings, report, generation, clock } = runner.ports;
  const free = (await journal.listUnfinished()).filter(({ owner }) => owner === null || owner === generation);
  const names = free
    .filter(
      ({ session, inputs }) => !runner.liveSessions.has(session) && (inputs > 0 || !runner.isParked(session)),
    )
    .map(({ session }) => session);
  const suspects: LiveSession[] = [];
  const takeUp = async (name: string): Promise<boolean> => {
    // The next generation resumes the remaining sessions.
    if (runner.admission.isStopped) return false;
    const session = await runner.loadSession(name);
    if (!session) return false;
    const held = countDeaths(session) > 0;
    if (held) {
      runner.admission.holdSession(session);
      suspects.push(session);
    }
    session.wakeUp({ inbox: true });
    report('session:resumed', { session: name, turn: session.state.turns, held });
    // A session that waits for an approval, a retry or another session puts no load on a provider.
    return session.state.turn === null || getWaitReason(session.state.turn) === null;
  };
  const pause = () => new Promise<void>((resolve) => clock.after(RESUME_PACE, resolve));
  await forEachLimited(names, settings().resumeConcurrency, takeUp, pause);
  void trySuspectsOneByOne(runner, suspects);
  return names.length;
}

/**
 * Milliseconds that a suspect runs alone before the next one starts. Each death doubles the time, up to
 * `MAX_TRIAL_DOUBLINGS` times, so that a step that kills late is still found alone.
 */
const TRIAL_TIME = 10_000;
const MAX_TRIAL_DOUBLINGS = 6;

async function trySuspectsOneByOne(runner: Runner, suspects: readonly LiveSession[]): Promise<void> {
  for (const session of suspects.toSorted((a, b) => countSoleCrashes(a) - countSoleCrashes(b))) {
    const trial = TRIAL_TIME * 2 ** Math.min(countDeaths(session) - 1, MAX_TRIAL_DOUBLINGS);
    runner.admission.releaseHold(session);
    const over = () =>
      session.isQuiet || countDeaths(session) === 0 || runner.liveSessions.get(session.name) !== session;
    const survived = new Promise<void>((resolve) => runner.ports.clock.after(trial, resolve));
    await Promise.race([runner.waitUntil(over), survived]);
  }
}

/** Returns the number of crashes in which the session was the only suspect at work. */
function countSoleCrashes({ state }: LiveSession): number {
  const { call, tools } = state.turn ?? { call: null, tools: [] };
  return Math.max(0, ...[...(call ? [call] : []), ...tools].map(({ crashes }) => crashes));
}

function countDeaths({ state }: LiveSession): number {
  return countSuspectedCrashes(state);
}

/**
 * Runs `work` on each item with at most `limit` in parallel. Where it resolves with true, `pause` runs
 * before the next item.
 */
async function forEachLimited<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<boolean>,
  pause: () => Promise<void>,
): Promise<void> {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      if ((await work(item)) && rest.length > 0) await pause();
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
