import { setTimeout as delay } from 'node:timers/promises';
import { isAway } from '../../client/away.ts';
import type { Client } from '../../client/client.ts';
import { ApiError, DaemonNotRunningError } from '../../errors/http.ts';
import type { Handover } from '../../protocol/handovers.ts';

/** Milliseconds between two looks at a report. */
const POLL = 150;

/**
 * Looks at a handover, once at least, until `enough` says so, calling `seen` with every state that differs from the one
 * before; `undefined` when the deadline (of `performance.now()`) comes first. Rejects with DaemonNotRunningError as
 * soon as nobody listens any more.
 */
export async function followHandover(
  client: Client,
  id: string,
  deadline: number,
  enough: (report: Handover) => boolean,
  seen: (report: Handover) => void = () => {},
): Promise<Handover | undefined> {
  let before = '';
  for (;;) {
    const report = await client.handover(id).catch(notYet);
    const now = JSON.stringify(report);
    if (report && now !== before) seen(report);
    if (report && enough(report)) return report;
    if (performance.now() >= deadline) return undefined;
    before = now ?? before;
    await delay(POLL);
  }
}

/** A handover that waits for the end of the one before it has no report yet. */
function notYet(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.code !== 'handover_not_found') absent(error);
}

/** Between two generations there may be nobody to answer, but somebody listens as long as the daemon runs. */
export function absent(error: unknown): undefined {
  if (!isAway(error) || error instanceof DaemonNotRunningError) throw error;
}
