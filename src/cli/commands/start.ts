import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { startDetached } from '../../supervisor/detach.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';

/** Throws ConfigError before anything is started, StartFailedError after. */
export async function start({ home, json }: Cli): Promise<void> {
  loadConfig(home);
  mkdirSync(home.root, { recursive: true, mode: 0o700 });
  const started = await startDetached(home);
  const log = join(home.logs, 'midturn.log');
  if (json) return printJson({ ...started, log });
  print(`Midturn runs in the background: process ${started.pid}, http://${started.address}, log ${log}.`);
  if (!started.ready) print('It is not in its normal mode; `midturn status` says why.');
}
