import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../../util/home.ts';

/** Kills shell commands that still run, because they outlive the daemon by design, and removes the home. */
export function cleanUpHome(home: Home, keep: boolean): void {
  for (const job of existsSync(home.jobs) ? readdirSync(home.jobs) : []) killJob(join(home.jobs, job));
  if (!keep) rmSync(home.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** Kills the process group of a job. The file `host` in its folder holds `<pid> <start time>` of the group's leader. */
function killJob(folder: string): void {
  if (existsSync(join(folder, 'exit'))) return;
  try {
    const pid = Number(readFileSync(join(folder, 'host'), 'utf8').split(' ')[0]);
    if (pid > 1) process.kill(-pid, 'SIGKILL');
  } catch {
    // The job never started, or has already exited.
  }
}
