import { setImmediate } from 'node:timers/promises';

/** Reads at most `limit` events after a position, in order; fewer only at the end of the session. */
export type PageRead<Event> = (after: number, limit: number) => Promise<readonly Event[]>;

/** Where the pages start, and the number of events on each one. Defaults: the beginning, and 500. */
interface PageOptions {
  after?: number;
  size?: number;
}

/**
 * Yields the events of a session in pages, in order and each one once, up to its current end. The only place
 * that pages through events: it reads no page before it is wanted, and lets other work of the process run
 * between two pages. Rejects as `read` does.
 */
export async function* readPages<Event extends { seq: number }>(
  read: PageRead<Event>,
  { after = 0, size = 500 }: PageOptions = {},
): AsyncGenerator<readonly Event[]> {
  for (let position = after; ; ) {
    const page = await read(position, size);
    const last = page.at(-1);
    if (last) yield page;
    if (!last || page.length < size) return;
    position = last.seq;
    await setImmediate();
  }
}
