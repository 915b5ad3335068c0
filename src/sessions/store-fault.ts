import { messageOf } from '../errors/errors.ts';
import type { Journal } from '../journal/journal.ts';

/** Milliseconds that one look stands for, however often it is asked for, and that it may take. */
const FRESH = 1_000;
const LIMIT = 2_000;

/**
 * Makes the function that says why the store takes no writes: it tries a small write, because a disk that is full or
 * broken shows only then. Callers within a second share one try, so that probes cost nothing.
 */
export function findStoreFault(journal: Journal): () => Promise<string | null> {
  let asked = Number.NEGATIVE_INFINITY;
  let found: Promise<string | null> = Promise.resolve(null);
  return () => {
    if (performance.now() - asked >= FRESH) {
      asked = performance.now();
      found = tryWrite(journal);
    }
    return found;
  };
}

async function tryWrite(journal: Journal): Promise<string | null> {
  const late = new Promise<string>((resolve) => {
    setTimeout(resolve, LIMIT, `The journal has not taken a write for ${LIMIT / 1_000} s.`).unref();
  });
  const written = journal.probe().then(
    () => null,
    (error: unknown) => messageOf(error),
  );
  return Promise.race([written, late]);
}
