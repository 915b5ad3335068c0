import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hasErrorCode } from '../../../errors/errors.ts';
import { replaceFile, syncFolder } from '../../../util/replace-file.ts';

/**
 * A job is a folder, `<jobs>/<key>`, and all its state is in files there, so that any process can take it over:
 *   job.json  what to run; durable before anything is started
 *   host      identity of the job host ("pid start-time"), or "never"; hard-linked into place, so
 *             that exactly one writer wins
 *   output    what the command printed, both streams
 *   stop      why it is being ended; durable before the first signal
 *   exit      its exit status; the last file that the job host writes
 */
export interface Job {
  key: string;
  folder: string;
  record: JobRecord;
}

const jobRecord = z.object({
  format: z.literal(1),
  /** Session of the call; absent in jobs of older releases. */
  session: z.string().optional(),
  command: z.string(),
  cwd: z.string(),
  interpreter: z.string(),
  /** Program and arguments that put the interpreter into a sandbox; absent when it runs without one. */
  sandbox: z.array(z.string()).optional(),
  /** Names of the configured variables; not their values, which may be secrets. */
  env: z.array(z.string()),
  /** When the job was recorded, in milliseconds since the epoch. */
  createdAt: z.number(),
  /** Time limit of the command, in milliseconds. */
  timeout: z.number(),
  /** The same moment as `createdAt` on the monotonic clock of this boot, which no user can set. */
  createdUptime: z.number(),
  /** Id of the boot in which the job was recorded; no process of the job outlives that boot. */
  boot: z.string(),
});

export type JobRecord = z.infer<typeof jobRecord>;

export type StopReason = 'cancelled' | 'timeout' | 'output';

/** Reads the job in a folder; `undefined` when no job was durably recorded, so nothing was ever started there. */
export async function readJob(jobsDir: string, key: string): Promise<Job | undefined> {
  const folder = join(jobsDir, key);
  const text = await readIfThere(join(folder, 'job.json'));
  if (text === undefined) return undefined;
  return { key, folder, record: jobRecord.parse(JSON.parse(text)) };
}

/** Records a new job durably. When this resolves, any process that finds the folder can start or adopt the job. */
export async function createJob(jobsDir: string, key: string, record: JobRecord): Promise<Job> {
  const folder = join(jobsDir, key);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'output'), '', { mode: 0o600, flag: 'a' });
  await replaceFile(join(folder, 'job.json'), `${JSON.stringify(record, null, 2)}\n`);
  await syncFolder(jobsDir);
  return { key, folder, record };
}

export type JobHost = { kind: 'process'; pid: number; start: string } | { kind: 'never' };

export async function readHost(job: Job): Promise<JobHost | undefined> {
  const text = await readIfThere(join(job.folder, 'host'));
  if (text === undefined) return undefined;
  const [pid = '', start = ''] = text.trim().split(' ');
  return /^[1-9][0-9]*$/.test(pid) ? { kind: 'process', pid: Number(pid), start } : { kind: 'never' };
}

/**
 * Takes the latch of the job host, so that no host can start any longer. Returns false when a host was there
 * first.
 */
export async function preventStart(job: Job): Promise<boolean> {
  const host = await readHost(job);
  if (host) return host.kind === 'never';
  const claim = join(job.folder, `host.${randomUUID()}`);
  await writeFile(claim, 'never\n', { mode: 0o600 });
  try {
    await link(claim, join(job.folder, 'host'));
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return (await readHost(job))?.kind === 'never';
    throw error;
  } finally {
    await rm(claim, { force: true });
  }
}

export async function readExit(job: Job): Promise<number | undefined> {
  const text = await readIfThere(join(job.folder, 'exit'));
  return text === undefined ? undefined : Number(text);
}

export async function readStop(job: Job): Promise<StopReason | undefined> {
  const text = await readIfThere(join(job.folder, 'stop'));
  if (text === undefined) return undefined;
  return text === 'timeout' || text === 'output' ? text : 'cancelled';
}

export async function recordStop(job: Job, reason: StopReason): Promise<void> {
  await replaceFile(join(job.folder, 'stop'), reason);
}

export async function readOutputSize(job: Job): Promise<number> {
  return (await stat(join(job.folder, 'output'))).size;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
