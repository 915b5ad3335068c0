import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrorCode } from '../../../errors/errors.ts';
import { readBootId } from './boot.ts';
import { type Job, readHost, readJob } from './job.ts';
import { isHostAlive } from './stop.ts';

/**
 * Removes job folders that nothing has changed for longer than `olderThan` milliseconds, that have no running
 * command, and whose calls are settled. `isLive` must return true until the journal has the result of the call,
 * because a call whose folder is gone would start again; it also gets the session if the folder names one.
 * Returns the removed keys.
 */
export async function removeOldJobs(
  jobsDir: string,
  isLive: (key: string, session: string | undefined) => boolean | Promise<boolean>,
  olderThan: number,
): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await entriesOf(jobsDir)) {
    const folder = join(jobsDir, entry);
    const { mtimeMs } = await stat(folder);
    if (mtimeMs > Date.now() - olderThan) continue;
    const job = await readRecorded(jobsDir, entry);
    if (job === 'unreadable' || (await isLive(entry, job?.record.session)) || (await isRunning(job)))
      continue;
    await rm(folder, { recursive: true, force: true });
    removed.push(entry);
  }
  return removed;
}

async function entriesOf(jobsDir: string): Promise<string[]> {
  try {
    const entries = await readdir(jobsDir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Reads a job for removal. An unreadable record may come from a newer release, so its folder is kept. */
async function readRecorded(jobsDir: string, key: string): Promise<Job | 'unreadable' | undefined> {
  try {
    return await readJob(jobsDir, key);
  } catch {
    return 'unreadable';
  }
}

async function isRunning(job: Job | undefined): Promise<boolean> {
  const host = job && (await readHost(job));
  return host !== undefined && job?.record.boot === (await readBootId()) && (await isHostAlive(host));
}
