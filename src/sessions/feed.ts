import { setImmediate } from 'node:timers/promises';
import type { EventLog, FeedEvent, FeedSlice } from '../journal/event-log.ts';
import type { FeedRequest, FollowedFeed, MayRead } from './sessions.ts';
import type { SharedFeed } from './shared-feed.ts';
import type { SharedReads } from './shared-reads.ts';

/** Events that one read or one turn of a follower takes at once. */
const PAGE = 100;

/** Stretches of the feed that one page searches for events, at most; the next page continues there. */
const MAX_STRETCHES = 20;

/** The only place that leaves out what the reader may not see. */
function selectReadable(events: readonly FeedEvent[], mayRead: MayRead = () => true): FeedEvent[] {
  return events.filter(mayRead);
}

/** Reads a page of the feed; it is short when little matches, and complete up to `next`. */
export async function readFeedPage(
  journal: EventLog,
  { mayRead, limit, ...query }: FeedRequest,
): Promise<FeedSlice> {
  const events: FeedEvent[] = [];
  let { after } = query;
  for (let stretches = 1; ; stretches += 1) {
    const slice = await journal.readFeed({ ...query, after, limit: limit - events.length });
    events.push(...selectReadable(slice.events, mayRead));
    after = slice.next;
    const isDone = after >= slice.end || events.length === limit || stretches === MAX_STRETCHES;
    if (isDone) return { events, next: after, end: slice.end };
    // Lets other work of the process run between two stretches.
    await setImmediate();
  }
}

/**
 * Yields the events of all sessions after a position, each once and in the order of the feed, then new ones as they
 * come. The follower pulls, so a slow one holds at most one page.
 */
export async function* followFeed(
  { feed, reads }: { feed: SharedFeed; reads: SharedReads },
  { mayRead, after, ...filter }: Omit<FeedRequest, 'limit'>,
  signal: AbortSignal,
): AsyncGenerator<FollowedFeed> {
  for (let position = after; !signal.aborted; ) {
    // Followers that wake up together take turns. The slot is also that of the first event.
    await reads.waitForSlot();
    const { events, next, end } = await feed.readPage({ ...filter, after: position, limit: PAGE });
    const readable = selectReadable(events, mayRead);
    for (const [index, item] of readable.entries()) {
      if (index > 0) await reads.waitForSlot();
      yield { kind: 'event', item };
    }
    if (next > (readable.at(-1)?.position ?? position)) yield { kind: 'position', position: next };
    position = next;
    if (position >= end) await feed.waitBeyond(position, signal);
    else await setImmediate();
  }
}
