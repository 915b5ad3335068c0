import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../../util/home.ts';

/** Ends shell commands that still run; they outlive the daemon by design. Then removes the home. */
export function clearAway(home: Home, keep: boolean): void {
  for (const job of existsSync(home.jobs) ? readdirSync(home.jobs) : []) endJob(join(home.jobs, job));
  if (!keep) rmSync(home.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** A job host leads a process group of its own; its file says `<pid> <start time>`. */
function endJob(folder: string): void {
  if (existsSync(join(folder, 'exit'))) return;
  try {
    const pid = Number(readFileSync(join(folder, 'host'), 'utf8').split(' ')[0]);
    if (pid > 1) process.kill(-pid, 'SIGKILL');
  } catch {
    // It was never started, or has ended by itself.
  }
}
