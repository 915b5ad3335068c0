/** Lets work on one thing happen one after the other, in the order of the calls; different things do not wait. */
export type InTurn = <T>(thing: string, work: () => Promise<T>) => Promise<T>;

/** Calls of one model answer run at once; two edits of the same file must not overwrite each other. */
export function createTurns(): InTurn {
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
