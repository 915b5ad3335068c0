import { idempotencyKey } from '../runner/perform.ts';
import { removeOldJobs } from '../tools/shell/reap.ts';
import type { Parts } from './compose.ts';

const DAY = 24 * 60 * 60_000;
/** How long what a shell job left behind is kept after its result is in the journal, in milliseconds. */
const KEEP_JOBS = 7 * DAY;

/** Recurring chores of a serving generation. Returns the function that ends them. */
export function startHousekeeping({ runner, journal, home, log }: Parts): () => void {
  const { clock, settings } = runner.ports;
  let stop = () => {};
  const every = (delay: number, chore: () => void | Promise<void>) => {
    const before = stop;
    let cancel = () => {};
    const again = () => {
      cancel = clock.after(delay, () => {
        Promise.resolve(chore()).catch((error: unknown) => log.warn({ error }, 'housekeeping:failed'));
        again();
      });
    };
    again();
    stop = () => {
      before();
      cancel();
    };
  };
  every(Math.max(1_000, settings().passivateAfter / 4), () =>
    runner.passivate(clock.now() - settings().passivateAfter),
  );
  every(DAY, async () => {
    // What a session that cannot be read still needs is not known.
    if ((await journal.counts()).quarantined > 0) return;
    const live = new Set<string>();
    for (const { name, state } of runner.live.values()) {
      for (const { call } of state.turn?.tools ?? []) live.add(idempotencyKey(journal.store, name, call));
    }
    await removeOldJobs(home.jobs, (key) => live.has(key), KEEP_JOBS);
  });
  return () => stop();
}
