import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable } from '../../client/away.ts';
import type { Client } from '../../client/client.ts';
import { ApiError, DaemonNotRunningError } from '../../errors/http.ts';
import type { HandoverBody } from '../../protocol/handovers.ts';

/** Milliseconds between two requests for the report of a handover. */
const POLL_INTERVAL = 150;

/**
 * Polls the report of a handover, at least once, until `enough` accepts it, and calls `seen` with every changed report.
 * Resolves with `undefined` when the deadline (of `performance.now()`) passes first. Rejects with DaemonNotRunningError
 * as soon as no process listens on the daemon's address.
 */
export async function followHandover(
  client: Client,
  id: string,
  deadline: number,
  enough: (report: HandoverBody) => boolean,
  seen: (report: HandoverBody) => void = () => {},
): Promise<HandoverBody | undefined> {
  let before = '';
  for (;;) {
    const report = await client.getHandover(id).catch(ignoreMissingReport);
    const now = JSON.stringify(report);
    if (report && now !== before) seen(report);
    if (report && enough(report)) return report;
    if (performance.now() >= deadline) return undefined;
    before = now ?? before;
    await delay(POLL_INTERVAL);
  }
}

/** Treats a missing report as not yet written: a handover that waits for the previous one to end has no report. */
function ignoreMissingReport(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.code !== 'handover_not_found') ignoreUnanswered(error);
}

/**
 * Swallows errors that occur while one generation gives way to the next, when the daemon listens but may not answer.
 * Rethrows DaemonNotRunningError and every other error.
 */
export function ignoreUnanswered(error: unknown): undefined {
  if (!isRetryable(error) || error instanceof DaemonNotRunningError) throw error;
}
