import { setTimeout as delay } from 'node:timers/promises';
import { isAway } from '../client/away.ts';
import type { Status } from '../protocol/daemon.ts';
import type { Sent } from './chatter.ts';
import type { DemoDaemon } from './daemon/daemon.ts';
import type { Telling } from './telling.ts';
import type { Watch } from './watch.ts';

/** Shared context of the story's parts: the daemon, the observer, the output and the messages sent so far. */
export interface Scene {
  daemon: DemoDaemon;
  watch: Watch;
  telling: Telling;
  sent: readonly Sent[];
  /** Aborts when the story exceeds its time limit. */
  limit: AbortSignal;
}

/** Polls the daemon's status until `wanted` accepts it; resolves with undefined when the story's limit passes first. */
export async function statusWhen(
  { daemon, limit }: Scene,
  wanted: (status: Status) => boolean,
): Promise<Status | undefined> {
  for (; !limit.aborted; await delay(30)) {
    const status = await daemon.client.status().catch(unlessAway);
    if (status && wanted(status)) return status;
  }
  return undefined;
}

export function acceptedSoFar({ sent }: Scene): string {
  const accepted = sent.filter((message) => message.accepted !== null).length;
  const refused = sent.filter((message) => message.refused).length;
  return `${accepted} messages accepted, ${refused} refused`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** Swallows the error of a request to a daemon that is unreachable, and rethrows every other error. */
export function unlessAway(error: unknown): undefined {
  if (!isAway(error)) throw error;
}
