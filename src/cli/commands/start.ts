import { startDetached } from '../../supervisor/detach.ts';
import type { Cli } from '../context.ts';
import { makeHome } from '../home.ts';
import { print, printJson } from '../output.ts';

/** Throws AlreadyRunningError or StartFailedError. A configuration that cannot be used is no reason not to start: the daemon says so. */
export async function start({ home, json }: Cli): Promise<void> {
  makeHome(home);
  const started = await startDetached(home);
  const { log } = home;
  if (json) return printJson({ ...started, log });
  print(`Midturn runs in the background: process ${started.pid}, http://${started.address}, log ${log}.`);
  if (!started.ready) print('It is not in its normal mode; `midturn status` says why.');
}
