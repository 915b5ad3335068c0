import { setTimeout as delay } from 'node:timers/promises';
import { HandoverFailedError, RestartTimeoutError } from '../../errors/cli.ts';
import { type Client, connect } from '../../protocol/client/client.ts';
import type { Status } from '../../protocol/daemon.ts';
import type { Handover } from '../../protocol/handovers.ts';
import type { Cli } from '../context.ts';
import { absent, followHandover } from '../handover/follow.ts';
import { LiveHandover } from '../handover/live.ts';
import { hasEnded } from '../handover/words.ts';
import { print, printJson } from '../output.ts';

export interface RestartOptions {
  reason?: string;
  /** Milliseconds. */
  timeout: number;
  /** Until the old generation has left, telling what happens. */
  wait?: boolean;
}

/** Asks for a restart and waits until a new generation serves. Throws HandoverFailedError or RestartTimeoutError. */
export async function restart({ target, json }: Cli, options: RestartOptions): Promise<void> {
  const { reason, timeout, wait = false } = options;
  const client = connect(target);
  const deadline = performance.now() + timeout;
  const before = await client.status();
  const { handover: id } = await client.restart(reason);
  const live = new LiveHandover(json ? () => {} : print);
  const enough = wait ? hasEnded : hasServed;
  const handover = id === null ? null : await followHandover(client, id, deadline, enough, seen);
  if (handover === undefined) throw new RestartTimeoutError(timeout / 1000);
  if (handover?.phase === 'failed') throw new HandoverFailedError(handover.id, handover.failure);
  const after = await newerThan(before.generation.number, client, deadline);
  if (!after) throw new RestartTimeoutError(timeout / 1000);
  if (json) printJson({ before: before.generation, after: after.generation, mode: after.mode, handover });
  else print(closing(before, after, handover));

  function seen(report: Handover): void {
    if (wait) live.see(report);
  }
}

function hasServed(report: Handover): boolean {
  return hasEnded(report) || report.phase === 'serving' || report.phase === 'draining';
}

async function newerThan(number: number, client: Client, deadline: number): Promise<Status | undefined> {
  while (performance.now() < deadline) {
    const found = await client.status().catch(absent);
    if (found && found.generation.number > number) return found;
    await delay(100);
  }
  return undefined;
}

function closing(before: Status, after: Status, handover: Handover | null): string {
  const leaves = handover && !hasEnded(handover) ? 'leaves at its next step boundaries' : 'has left';
  return `Generation ${after.generation.number} serves; generation ${before.generation.number} ${leaves}.`;
}
