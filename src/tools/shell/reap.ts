import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode } from '../port/durable.ts';
import { bootId } from './boot.ts';
import { type Job, readHost, readJob } from './job.ts';
import { isHostAlive } from './stop.ts';

/**
 * Removes job folders in which nothing has happened for longer than `olderThan` milliseconds, that have no running
 * command and are not needed: `isLive` must be true as long as the journal lacks the result of that call, for a call
 * whose folder is gone would be started anew; it gets the session too where the folder says it. Returns the keys removed.
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
    const job = await recorded(jobsDir, entry);
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
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** A record that cannot be read may be one of a newer release: better to keep too much. */
async function recorded(jobsDir: string, key: string): Promise<Job | 'unreadable' | undefined> {
  try {
    return await readJob(jobsDir, key);
  } catch {
    return 'unreadable';
  }
}

async function isRunning(job: Job | undefined): Promise<boolean> {
  const host = job && (await readHost(job));
  return host !== undefined && job?.record.boot === (await bootId()) && (await isHostAlive(host));
}
