import type { LiveSession } from '../runner/session/live-session.ts';
import { idempotencyKey } from '../runner/session/perform.ts';
import { removeOldJobs } from '../tools/shell/reap.ts';
import type { Parts } from './compose.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A generation may not get old: it begins with what is to be done daily, when it has taken up what there is to do. */
const SOON = 5 * MINUTE;
/** How long what a shell job left behind is kept after its result is in the journal, in milliseconds. */
const KEEP_JOBS = 7 * DAY;

type Needed = Pick<Parts, 'runner' | 'journal' | 'home' | 'log'>;

/** Recurring chores of a serving generation. Returns the function that ends them. */
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

/** What shell jobs left behind that nobody needs any more. Resolves with their keys. */
export function removeJobs({ runner, journal, home }: Needed): Promise<string[]> {
  const hasCall = ({ name, state }: LiveSession, key: string) =>
    state.turn?.tools.some(({ call }) => idempotencyKey(journal.store, name, call) === key) ?? false;
  const isOpenElsewhere = async () => {
    const { quarantined } = await journal.counts();
    return quarantined > 0 || (await journal.unfinished()).some(({ session }) => !runner.live.has(session));
  };
  const isLive = async (key: string, name: string | undefined) => {
    // Any session that is open and not in memory may need it.
    if (name === undefined)
      return (await isOpenElsewhere()) || [...runner.live.values()].some((each) => hasCall(each, key));
    const session = runner.live.get(name);
    if (session) return hasCall(session, key);
    // What one that is set aside, or not taken up yet, still needs is not known.
    const row = await journal.session(name);
    return row !== undefined && row.status !== 'idle';
  };
  return removeOldJobs(home.jobs, isLive, KEEP_JOBS);
}
