import { removeOldJobs } from '../../tools/shell/job/reap.ts';
import type { Home } from '../../util/home.ts';
import type { Runner } from './runner.ts';
import type { LiveSession } from './session/live-session.ts';
import { idempotencyKey } from './session/perform.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/**
 * Delay of the first daily run, in ms, because a generation may not live for a day; until then it is busy with
 * resuming sessions.
 */
const FIRST_DAILY_RUN = 5 * MINUTE;
/** How long the folder of a shell job is kept after its result is in the journal, in milliseconds. */
const JOB_RETENTION = 7 * DAY;
/** How long a blob is kept to which nothing refers, in milliseconds: a client may still send the message with it. */
const BLOB_RETENTION = DAY;

interface HousekeepingDeps {
  runner: Runner;
  home: Pick<Home, 'jobs'>;
}

/**
 * Starts the recurring chores of a serving generation: passivating idle sessions, and removing old job folders and
 * unused blobs.
 * Returns the function that stops them.
 */
export function startHousekeeping(parts: HousekeepingDeps): () => void {
  const { runner } = parts;
  const { clock, settings, report } = runner.ports;
  let stop = () => {};
  const every = (delay: number, chore: () => unknown, first = delay) => {
    const before = stop;
    let cancel = () => {};
    const next = (after: number) => {
      cancel = clock.after(after, () => {
        Promise.resolve(chore()).catch((error: unknown) => report('housekeeping:failed', { error }));
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
    runner.passivateIdle(clock.now() - settings().passivateAfter),
  );
  every(DAY, () => removeUnneededJobs(parts), FIRST_DAILY_RUN);
  every(
    DAY,
    () => runner.ports.engine.sessions.removeUnusedBlobs(clock.now() - BLOB_RETENTION),
    FIRST_DAILY_RUN,
  );
  return () => stop();
}

/**
 * Removes the folders of old shell jobs whose results no session still needs. Resolves with the keys of the
 * removed jobs.
 */
export function removeUnneededJobs({ runner, home }: HousekeepingDeps): Promise<string[]> {
  const { engine } = runner.ports;
  const hasCall = ({ name, state }: LiveSession, key: string) =>
    state.turn?.tools.some(({ call }) => idempotencyKey(engine.store, name, call) === key) ?? false;
  const isOpenElsewhere = async () => {
    const { quarantined } = await engine.sessions.countSessions();
    return (
      quarantined > 0 ||
      (await engine.sessions.listUnfinished()).some(({ session }) => !runner.liveSessions.has(session))
    );
  };
  const isLive = async (key: string, name: string | undefined) => {
    // Any open session that is not in memory may need it.
    if (name === undefined)
      return (
        (await isOpenElsewhere()) || [...runner.liveSessions.values()].some((each) => hasCall(each, key))
      );
    const session = runner.liveSessions.get(name);
    if (session) return hasCall(session, key);
    // For a session that is quarantined or not resumed yet, it is unknown what it still needs.
    const row = await engine.sessions.findSession(name);
    return row !== undefined && row.status !== 'idle';
  };
  return removeOldJobs(home.jobs, isLive, JOB_RETENTION);
}
