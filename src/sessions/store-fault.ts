import { messageOf } from '../errors/errors.ts';
import type { JournalStore } from '../journal/store.ts';

/** Milliseconds for which one result is reused, and milliseconds after which a write counts as failed. */
const CACHE_TIME = 1_000;
const PROBE_TIMEOUT = 2_000;

/**
 * Returns a function that says why the store takes no writes, or null. It tries a small write, because only a
 * write reveals a full or broken disk. Calls within a second share one try, so health probes cost little.
 */
export function createStoreFaultCheck(journal: JournalStore): () => Promise<string | null> {
  let asked = Number.NEGATIVE_INFINITY;
  let found: Promise<string | null> = Promise.resolve(null);
  return () => {
    if (performance.now() - asked >= CACHE_TIME) {
      asked = performance.now();
      found = tryWrite(journal);
    }
    return found;
  };
}

async function tryWrite(journal: JournalStore): Promise<string | null> {
  const late = new Promise<string>((resolve) => {
    setTimeout(
      resolve,
      PROBE_TIMEOUT,
      `The journal has not taken a write for ${PROBE_TIMEOUT / 1_000} s.`,
    ).unref();
  });
  const written = journal.probe().then(
    () => null,
    (error: unknown) => messageOf(error),
  );
  return Promise.race([written, late]);
}
