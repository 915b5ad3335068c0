import { setTimeout as delay } from 'node:timers/promises';
import { createNodeClient } from '../../client/node.ts';
import type { Target } from '../../client/transport/target.ts';
import { DaemonNotRunningError } from '../../errors/http.ts';
import { StopTimeoutError } from '../../errors/supervisor.ts';
import { stopRunningDaemon } from '../../supervisor/host/detach.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';

/**
 * Stops the daemon and resolves once it has exited. `timeout` is in milliseconds. Rejects with DaemonNotRunningError, or
 * with StopTimeoutError while the daemon continues to drain.
 */
export async function stopDaemon({ home, target, json }: CliContext, timeout: number): Promise<void> {
  if ('url' in target) return stopRemote(target, json, timeout);
  const pid = await stopRunningDaemon(home, { timeout });
  if (pid === null) throw new DaemonNotRunningError(home.socket);
  if (json) printJson({ stopped: true, pid });
  else print('Midturn has stopped; sessions resume at the next start.');
}

/** Stops a daemon at another address. Its files are not readable here, so it counts as stopped once it no longer answers. */
async function stopRemote(target: Target, json: boolean, timeout: number): Promise<void> {
  const client = createNodeClient(target);
  await client.stop();
  const deadline = performance.now() + timeout;
  while (await client.getStatus().then(() => true, isStillThere)) {
    if (performance.now() > deadline) throw new StopTimeoutError(null, timeout);
    await delay(100);
  }
  if (json) printJson({ stopped: true });
  else print('Midturn has stopped.');
}

function isStillThere(error: unknown): boolean {
  return !(error instanceof DaemonNotRunningError);
}
