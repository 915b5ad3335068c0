import { setTimeout as delay } from 'node:timers/promises';
import { type Client, connect } from '../../client/client.ts';
import { nameOf } from '../../client/target.ts';
import { HandoverFailedError, RestartOvertakenError, RestartTimeoutError } from '../../errors/cli.ts';
import { DaemonNotRunningError } from '../../errors/http.ts';
import type { Status } from '../../protocol/daemon.ts';
import type { Handover } from '../../protocol/handovers.ts';
import { readHandover } from '../../supervisor/handover/reports.ts';
import { print, printJson } from '../../terminal/output.ts';
import { absent, followHandover } from '../handovers/follow.ts';
import { LiveHandover } from '../handovers/live.ts';
import { hasEnded } from '../handovers/words.ts';
import type { Cli } from '../kit/context.ts';

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
export async function restart(cli: Cli, options: RestartOptions): Promise<void> {
  const { target, json } = cli;
  const { reason, timeout, wait = false } = options;
  const client = connect(target);
  const deadline = performance.now() + timeout;
  const before = await client.status();
  const { handover: id } = await client.restart(reason);
  const live = new LiveHandover(json ? () => {} : print);
  let last: Handover | null = null;
  try {
    const enough = wait ? hasEnded : hasServed;
    const handover = id === null ? null : await followHandover(client, id, deadline, enough, seen);
    if (handover?.phase === 'failed') throw new HandoverFailedError(handover.id, handover.failure);
    const after = handover !== undefined && (await newerThan(before.generation.number, client, deadline));
    if (!after) throw new RestartTimeoutError(timeout / 1000, phaseOf(id, last));
    if (json) printJson({ before: before.generation, after: after.generation, mode: after.mode, handover });
    else print(closing(before, after, handover));
  } catch (error) {
    throw error instanceof DaemonNotRunningError ? overtaken(cli, id, last, error) : error;
  }

  function seen(report: Handover): void {
    last = report;
    if (wait) live.see(report);
  }
}

function hasServed(report: Handover): boolean {
  return hasEnded(report) || report.phase === 'serving' || report.phase === 'draining';
}

async function newerThan(number: number, client: Client, deadline: number): Promise<Status | undefined> {
  for (;;) {
    const found = await client.status().catch(absent);
    if (found && found.generation.number > number) return found;
    if (performance.now() >= deadline) return undefined;
    await delay(100);
  }
}

/**
 * Explains why the daemon no longer answers, as an error to throw. The outcome of the handover is read from the report on
 * disk when the daemon runs on this machine; otherwise the last report received counts.
 */
function overtaken({ home, target }: Cli, id: string | null, last: Handover | null, cause: Error): Error {
  const kept = id === null || 'url' in target ? undefined : readHandover(home, id);
  const report = kept ?? last;
  if (report?.phase === 'failed') return new HandoverFailedError(report.id, report.failure);
  return new RestartOvertakenError(nameOf(target), phaseOf(id, report), { cause });
}

/** Returns the handover's last known phase; `wanted` when it has no report yet, because it has not started. */
function phaseOf(id: string | null, report: Handover | null): { id: string; phase: string } | null {
  return id === null ? null : { id, phase: report?.phase ?? 'wanted' };
}

function closing(before: Status, after: Status, handover: Handover | null): string {
  const leaves = handover && !hasEnded(handover) ? 'is draining' : 'has exited';
  return `Generation ${after.generation.number} is serving; generation ${before.generation.number} ${leaves}.`;
}
