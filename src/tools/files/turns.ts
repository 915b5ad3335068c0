/**
 * Serialises work by key: work with the same key runs one after the other in the order of the calls, other work
 * in parallel.
 */
export type RunExclusive = <T>(thing: string, work: () => Promise<T>) => Promise<T>;

/**
 * Creates a serialiser. The calls of one model answer run in parallel, and two edits of one file must not
 * overwrite each other. A failure rejects its own call only.
 */
export function createRunExclusive(): RunExclusive {
  const last = new Map<string, Promise<unknown>>();
  return async (thing, work) => {
    const mine = (last.get(thing) ?? Promise.resolve()).then(work);
    const settled = mine.catch(() => undefined);
    last.set(thing, settled);
    try {
      return await mine;
    } finally {
      if (last.get(thing) === settled) last.delete(thing);
    }
  };
}
