import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../client/client.ts';
import { createNodeClient } from '../../client/node.ts';
import { describeTarget } from '../../client/transport/target.ts';
import { HandoverFailedError, RestartOvertakenError, RestartTimeoutError } from '../../errors/cli.ts';
import { DaemonNotRunningError } from '../../errors/http.ts';
import type { Status } from '../../protocol/daemon.ts';
import type { HandoverBody } from '../../protocol/handovers.ts';
import { readHandoverReport } from '../../supervisor/handover/reports.ts';
import { print, printJson } from '../../terminal/output.ts';
import { followHandover, ignoreUnanswered } from '../handovers/follow.ts';
import { HandoverPrinter } from '../handovers/live.ts';
import { hasEnded } from '../handovers/words.ts';
import type { CliContext } from '../kit/context.ts';

export interface RestartOptions {
  reason?: string;
  /** Milliseconds. */
  timeout: number;
  /** Wait until the old generation has exited and print each phase, instead of returning once the new one serves. */
  wait?: boolean;
}

/**
 * Requests a restart and waits until a new generation serves. Rejects with HandoverFailedError, with RestartTimeoutError,
 * or with RestartOvertakenError when the daemon stopped during the handover.
 */
export async function restartDaemon(cli: CliContext, options: RestartOptions): Promise<void> {
  const { target, json } = cli;
  const { reason, timeout, wait = false } = options;
  const client = createNodeClient(target);
  const deadline = performance.now() + timeout;
  const before = await client.getStatus();
  const { handover: id } = await client.restart(reason);
  const live = new HandoverPrinter(json ? () => {} : print);
  let last: HandoverBody | null = null;
  try {
    const enough = wait ? hasEnded : hasServed;
    const handover = id === null ? null : await followHandover(client, id, deadline, enough, seen);
    if (handover?.phase === 'failed') throw new HandoverFailedError(handover.id, handover.failure);
    const after =
      handover !== undefined && (await waitForNewerGeneration(before.generation.number, client, deadline));
    if (!after) throw new RestartTimeoutError(timeout / 1000, lastKnownPhase(id, last));
    if (json) printJson({ before: before.generation, after: after.generation, mode: after.mode, handover });
    else print(describeRestart(before, after, handover));
  } catch (error) {
    throw error instanceof DaemonNotRunningError ? explainOvertaken(cli, id, last, error) : error;
  }

  function seen(report: HandoverBody): void {
    last = report;
    if (wait) live.printChanges(report);
  }
}

function hasServed(report: HandoverBody): boolean {
  return hasEnded(report) || report.phase === 'serving' || report.phase === 'draining';
}

async function waitForNewerGeneration(
  number: number,
  client: Client,
  deadline: number,
): Promise<Status | undefined> {
  for (;;) {
    const found = await client.getStatus().catch(ignoreUnanswered);
    if (found && found.generation.number > number) return found;
    if (performance.now() >= deadline) return undefined;
    await delay(100);
  }
}

/**
 * Explains why the daemon no longer answers, as an error to throw. The outcome of the handover is read from the report on
 * disk when the daemon runs on this machine; otherwise the last report received counts.
 */
function explainOvertaken(
  { home, target }: CliContext,
  id: string | null,
  last: HandoverBody | null,
  cause: Error,
): Error {
  const kept = id === null || 'url' in target ? undefined : readHandoverReport(home, id);
  const report = kept ?? last;
  if (report?.phase === 'failed') return new HandoverFailedError(report.id, report.failure);
  return new RestartOvertakenError(describeTarget(target), lastKnownPhase(id, report), { cause });
}

/** Returns the handover's last known phase; `wanted` when it has no report yet, because it has not started. */
function lastKnownPhase(
  id: string | null,
  report: HandoverBody | null,
): { id: string; phase: string } | null {
  return id === null ? null : { id, phase: report?.phase ?? 'wanted' };
}

function describeRestart(before: Status, after: Status, handover: HandoverBody | null): string {
  const leaves = handover && !hasEnded(handover) ? 'is draining' : 'has exited';
  return `Generation ${after.generation.number} is serving; generation ${before.generation.number} ${leaves}.`;
}
