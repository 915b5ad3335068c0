import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable } from '../client/away.ts';
import type { Status } from '../protocol/daemon.ts';
import type { TrackedMessage } from './chatter.ts';
import type { DemoDaemon } from './daemon/daemon.ts';
import type { StoryPrinter } from './telling.ts';
import type { SessionWatcher } from './watch.ts';

/** Shared context of the story's parts: the daemon, the observer, the output and the messages sent so far. */
export interface Scene {
  daemon: DemoDaemon;
  watcher: SessionWatcher;
  printer: StoryPrinter;
  sent: readonly TrackedMessage[];
  /** Aborts when the story exceeds its time limit. */
  limit: AbortSignal;
}

/** Polls the daemon's status until `wanted` accepts it; resolves with undefined when the story's limit passes first. */
export async function waitForStatus(
  { daemon, limit }: Scene,
  wanted: (status: Status) => boolean,
): Promise<Status | undefined> {
  for (; !limit.aborted; await delay(30)) {
    const status = await daemon.client.getStatus().catch(ignoreAway);
    if (status && wanted(status)) return status;
  }
  return undefined;
}

export function describeAccepted({ sent }: Scene): string {
  const accepted = sent.filter((message) => message.accepted !== null).length;
  const refused = sent.filter((message) => message.refused).length;
  return `${accepted} messages accepted, ${refused} refused`;
}

export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** Swallows the error of a request to a daemon that is unreachable, and rethrows every other error. */
export function ignoreAway(error: unknown): undefined {
  if (!isRetryable(error)) throw error;
}
