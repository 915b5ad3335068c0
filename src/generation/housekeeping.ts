import type { LiveSession } from '../runner/session/live-session.ts';
import { idempotencyKey } from '../runner/session/perform.ts';
import { removeOldJobs } from '../tools/shell/reap.ts';
import type { Parts } from './compose.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/**
 * Delay of the first daily run, in ms, because a generation may not live for a day; until then it is busy with
 * resuming sessions.
 */
const SOON = 5 * MINUTE;
/** How long the folder of a shell job is kept after its result is in the journal, in milliseconds. */
const KEEP_JOBS = 7 * DAY;

type Needed = Pick<Parts, 'runner' | 'journal' | 'home' | 'log'>;

/**
 * Starts the recurring chores of a serving generation: passivating idle sessions and removing old job folders.
 * Returns the function that stops them.
 */
export function startHousekeeping(parts: Needed): () => void {
  const { runner, log } = parts;
  const { clock, settings } = runner.ports;
  let stop = () => {};
  const every = (delay: number, chore: () => unknown, first = delay) => {
    const before = stop;
    let cancel = () => {};
    const next = (after: number) => {
      cancel = clock.after(after, () => {
        Promise.resolve(chore()).catch((error: unknown) => log.warn({ error }, 'housekeeping:failed'));
        next(delay);
      });
    };
    next(first);
    stop = () => {
      before();
      cancel();
    };
  };
  every(Math.max(1_000, settings().passivateAfter / 4), () =>
    runner.passivate(clock.now() - settings().passivateAfter),
  );
  every(DAY, () => removeJobs(parts), SOON);
  return () => stop();
}

/**
 * Removes the folders of old shell jobs whose results no session still needs. Resolves with the keys of the
 * removed jobs.
 */
export function removeJobs({ runner, journal, home }: Needed): Promise<string[]> {
  const hasCall = ({ name, state }: LiveSession, key: string) =>
    state.turn?.tools.some(({ call }) => idempotencyKey(journal.store, name, call) === key) ?? false;
  const isOpenElsewhere = async () => {
    const { quarantined } = await journal.counts();
    return quarantined > 0 || (await journal.unfinished()).some(({ session }) => !runner.live.has(session));
  };
  const isLive = async (key: string, name: string | undefined) => {
    // Any open session that is not in memory may need it.
    if (name === undefined)
      return (await isOpenElsewhere()) || [...runner.live.values()].some((each) => hasCall(each, key));
    const session = runner.live.get(name);
    if (session) return hasCall(session, key);
    // For a session that is quarantined or not resumed yet, it is unknown what it still needs.
    const row = await journal.session(name);
    return row !== undefined && row.status !== 'idle';
  };
  return removeOldJobs(home.jobs, isLive, KEEP_JOBS);
}
