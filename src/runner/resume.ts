import { countSuspicions, waitsFor } from '../core/model/state.ts';
import type { Runner } from './runner.ts';
import type { LiveSession } from './session/live-session.ts';

/** Milliseconds between two sessions that one worker resumes, when the first has work to do. */
const PACE = 100;

/**
 * Resumes every session with unfinished work that no other generation owns; returns how many. Call it again
 * when an earlier generation has given up more.
 * Sessions are resumed a few at a time and with pauses, so that hundreds of them do not call their providers
 * at once.
 * A session whose present step may have killed a generation is a suspect. Suspects are tried last, one at a
 * time and the least suspected first, so that the culprit takes no other session with it and its own crash
 * count identifies it.
 */
export async function resume(runner: Runner): Promise<number> {
  const { journal, settings, report, generation, clock } = runner.ports;
  const free = (await journal.unfinished()).filter(({ owner }) => owner === null || owner === generation);
  const names = free
    .filter(({ session, inputs }) => !runner.live.has(session) && (inputs > 0 || !runner.sleeps(session)))
    .map(({ session }) => session);
  const suspects: LiveSession[] = [];
  const takeUp = async (name: string): Promise<boolean> => {
    // The next generation resumes the remaining sessions.
    if (runner.admission.stopped) return false;
    const session = await runner.load(name);
    if (!session) return false;
    const held = deathsOf(session) > 0;
    if (held) {
      runner.admission.hold(session);
      suspects.push(session);
    }
    session.poke({ inbox: true });
    report('session:resumed', { session: name, turn: session.state.turns, held });
    // A session that waits for an approval, a retry or another session puts no load on a provider.
    return session.state.turn === null || waitsFor(session.state.turn) === null;
  };
  const pause = () => new Promise<void>((resolve) => clock.after(PACE, resolve));
  await eachOf(names, settings().resumeConcurrency, takeUp, pause);
  void tryOneByOne(runner, suspects);
  return names.length;
}

/**
 * Milliseconds that a suspect runs alone before the next one starts. Each death doubles the time, up to
 * `MOST_TRIALS` times, so that a step that kills late is still found alone.
 */
const TRIAL = 10_000;
const MOST_TRIALS = 6;

async function tryOneByOne(runner: Runner, suspects: readonly LiveSession[]): Promise<void> {
  for (const session of suspects.toSorted((a, b) => blameOf(a) - blameOf(b))) {
    const trial = TRIAL * 2 ** Math.min(deathsOf(session) - 1, MOST_TRIALS);
    runner.admission.unhold(session);
    const over = () => session.quiet || deathsOf(session) === 0 || runner.live.get(session.name) !== session;
    const survived = new Promise<void>((resolve) => runner.ports.clock.after(trial, resolve));
    await Promise.race([runner.until(over), survived]);
  }
}

/** Returns the number of crashes in which the session was the only suspect at work. */
function blameOf({ state }: LiveSession): number {
  const { call, tools } = state.turn ?? { call: null, tools: [] };
  return Math.max(0, ...[...(call ? [call] : []), ...tools].map(({ crashes }) => crashes));
}

function deathsOf({ state }: LiveSession): number {
  return countSuspicions(state);
}

/**
 * Runs `work` on each item with at most `atOnce` in parallel. Where it resolves with true, `pause` runs
 * before the next item.
 */
async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<boolean>,
  pause: () => Promise<void>,
): Promise<void> {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      if ((await work(item)) && rest.length > 0) await pause();
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
