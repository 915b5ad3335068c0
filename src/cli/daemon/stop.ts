import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../client/client.ts';
import type { Target } from '../../client/target.ts';
import { DaemonNotRunningError } from '../../errors/http.ts';
import { StopTimeoutError } from '../../errors/supervisor.ts';
import { stopRunning } from '../../supervisor/host/detach.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { Cli } from '../kit/context.ts';

/** Returns when the daemon has ended. Throws DaemonNotRunningError or StopTimeoutError. */
export async function stop({ home, target, json }: Cli, timeout: number): Promise<void> {
  if ('url' in target) return stopRemote(target, json, timeout);
  const pid = await stopRunning(home, { timeout });
  if (pid === null) throw new DaemonNotRunningError(home.socket);
  if (json) printJson({ stopped: true, pid });
  else print('Midturn has stopped; everything goes on with the next start.');
}

/** Without its files, that nobody answers any more is all that can be known. */
async function stopRemote(target: Target, json: boolean, timeout: number): Promise<void> {
  const client = connect(target);
  await client.stop();
  const deadline = performance.now() + timeout;
  while (await client.status().then(() => true, isStillThere)) {
    if (performance.now() > deadline) throw new StopTimeoutError(null, timeout);
    await delay(100);
  }
  if (json) printJson({ stopped: true });
  else print('Midturn has stopped.');
}

function isStillThere(error: unknown): boolean {
  return !(error instanceof DaemonNotRunningError);
}
