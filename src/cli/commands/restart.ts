import { setTimeout as delay } from 'node:timers/promises';
import { RestartTimeoutError } from '../../errors/cli.ts';
import { type Client, connect } from '../../protocol/client/client.ts';
import type { Status } from '../../protocol/daemon.ts';
import { isAway } from '../away.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';

/** Asks for a restart and waits until a newer generation than now serves. */
export async function restart(
  { target, json }: Cli,
  { reason, timeout }: { reason?: string; timeout: number },
): Promise<void> {
  const client = connect(target);
  const before = await client.status();
  await client.restart(reason);
  const after = await newerThan(before.generation.number, client, performance.now() + timeout);
  if (!after) throw new RestartTimeoutError(timeout / 1000);
  if (json) printJson({ before: before.generation, after: after.generation, mode: after.mode });
  else
    print(`Generation ${after.generation.number} serves; generation ${before.generation.number} has left.`);
}

async function newerThan(number: number, client: Client, deadline: number): Promise<Status | undefined> {
  while (performance.now() < deadline) {
    const found = await client.status().catch(absent);
    if (found && found.generation.number > number) return found;
    await delay(100);
  }
  return undefined;
}

/** Between two generations there may be nobody to answer. */
function absent(error: unknown): undefined {
  if (!isAway(error)) throw error;
}
