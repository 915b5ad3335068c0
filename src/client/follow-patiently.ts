import { isRetryable } from './away.ts';
import type { Client } from './client.ts';
import type { FollowedItem } from './conversation/item.ts';
import type { FeedSelection } from './queries.ts';
import type { FeedItem } from './transport/follow.ts';
import { pauseFor } from './transport/pause.ts';

const PAUSE = 1000;

/**
 * Follows a session until the signal aborts, however long the daemon stays away. `away` is called each time
 * the daemon has been away longer than one follower waits. Rejects with ApiError when the daemon refuses.
 */
export function followThroughOutages(
  client: Client,
  session: string,
  start: number,
  signal: AbortSignal,
  away: () => void,
): AsyncGenerator<FollowedItem> {
  const follow = (after: number) => client.followSession(session, after, signal);
  return repeatFollow(follow, positionOf, start, signal, away);
}

/** Follows the events of all sessions in the same way. */
export function followFeedThroughOutages(
  client: Client,
  query: FeedSelection,
  signal: AbortSignal,
): AsyncGenerator<FeedItem> {
  const follow = (after: number) => client.followFeed({ ...query, after }, signal);
  return repeatFollow(
    follow,
    ({ position }) => position,
    query.after ?? 0,
    signal,
    () => {},
  );
}

/** Returns the position of an item; `undefined` for a delta, which has none. */
function positionOf(item: FollowedItem): number | undefined {
  if (item.kind === 'delta') return undefined;
  return item.kind === 'event' ? item.event.seq : item.seq;
}

async function* repeatFollow<Item>(
  follow: (after: number) => AsyncIterable<Item>,
  place: (item: Item) => number | undefined,
  start: number,
  signal: AbortSignal,
  away: () => void,
): AsyncGenerator<Item> {
  for (let after = start; !signal.aborted; ) {
    try {
      for await (const item of follow(after)) {
        after = place(item) ?? after;
        yield item;
      }
    } catch (error) {
      if (!isRetryable(error)) throw error;
      away();
      await pauseFor(PAUSE, signal);
    }
  }
}
