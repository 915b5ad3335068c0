import { isRetryable } from './away.ts';
import type { Client } from './client.ts';
import type { FollowedItem } from './conversation/item.ts';
import { pause } from './transport/pause.ts';

const PAUSE = 1000;

/**
 * Follows a session until the signal aborts, however long the daemon stays away. `away` is called each time
 * the daemon has been away longer than one follower waits. Rejects with ApiError when the daemon refuses.
 */
export async function* followThroughOutages(
  client: Client,
  session: string,
  start: number,
  signal: AbortSignal,
  away: () => void,
): AsyncGenerator<FollowedItem> {
  for (let after = start; !signal.aborted; ) {
    try {
      for await (const item of client.followSession(session, after, signal)) {
        if (item.kind === 'event') after = item.event.seq;
        if (item.kind === 'unknown') after = item.seq;
        yield item;
      }
    } catch (error) {
      if (!isRetryable(error)) throw error;
      away();
      await pause(PAUSE, signal);
    }
  }
}
