import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode } from '../durable.ts';
import { bootId } from './boot.ts';
import { readHost, readJob } from './job.ts';
import { isHostAlive } from './stop.ts';

/**
 * Removes job folders in which nothing has happened for longer than `olderThan` milliseconds, that have no running
 * command and are not needed: `isLive(key)` must be true as long as the journal lacks the result of that call, for a
 * call whose folder is gone would be started anew. Returns the keys removed.
 */
export async function removeOldJobs(
  jobsDir: string,
  isLive: (key: string) => boolean | Promise<boolean>,
  olderThan: number,
): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await entriesOf(jobsDir)) {
    const folder = join(jobsDir, entry);
    const { mtimeMs } = await stat(folder);
    if (mtimeMs > Date.now() - olderThan || (await isLive(entry)) || (await isRunning(jobsDir, entry)))
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

/** A record that cannot be read (a newer release wrote it) counts as running: better to keep too much. */
async function isRunning(jobsDir: string, key: string): Promise<boolean> {
  try {
    const job = await readJob(jobsDir, key);
    const host = job && (await readHost(job));
    return host !== undefined && job?.record.boot === (await bootId()) && (await isHostAlive(host));
  } catch {
    return true;
  }
}
