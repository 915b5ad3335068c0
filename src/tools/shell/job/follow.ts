import { setTimeout as pause } from 'node:timers/promises';
import { SETTLE_LIMIT } from '../../port/tool.ts';
import { readBootId, readUptime } from './boot.ts';
import { startHost } from './host.ts';
import {
  type Job,
  preventStart,
  readExit,
  readHost,
  readOutputSize,
  readStop,
  recordStop,
  type StopReason,
} from './job.ts';
import { createLineReporter } from './progress.ts';
import { endProcesses, isHostAlive } from './stop.ts';
import { type JobNotifier, watchJob } from './wake.ts';

/**
 * Result of following a job:
 *   exited    the command ended; its status
 *   stopped   we ended it; its status if it still reported one. `ran` is false when it never started;
 *             `ended` is false when some of its processes were not gone in time
 *   lost      the job host is gone without a report: it was killed from outside, or the machine went
 *             down
 *   unstarted the job host could not be started, and none will be
 *   detached  this process leaves, the job continues
 */
export type JobEnd =
  | { kind: 'exited'; status: number }
  | { kind: 'stopped'; reason: StopReason; ran: boolean; ended?: boolean; status: number | undefined }
  | { kind: 'lost' }
  | { kind: 'unstarted' }
  | { kind: 'detached' };

export interface FollowOptions {
  env: Record<string, string>;
  /** Bytes of output after which the job is ended. */
  outputLimit: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  grace: number;
  /** Milliseconds between two checks of the job when no change is reported. */
  poll: number;
  /** Called with the last line that the command has printed, as it runs. Must not throw. */
  report?: ((line: string) => void) | undefined;
}

/**
 * Follows a job to its end, whatever its state: just recorded, started by a process that died, running, or
 * ended. All information is read from the job's folder, so a new and an adopted job take the same path.
 */
export async function followJob(job: Job, signal: AbortSignal, options: FollowOptions): Promise<JobEnd> {
  using wake = watchJob(job.folder, signal);
  const sameBoot = job.record.boot === (await readBootId());
  const starter = sameBoot ? createStarter(job, options, wake) : undefined;
  const reportLine = options.report && createLineReporter(job, options.report);
  for (;;) {
    const end = await checkJob(job, signal, options, starter);
    if (end) return end;
    await reportLine?.();
    await wake.waitForChange(Math.max(0, Math.min(options.poll, timeLeft(job))));
  }
}

/** Starts the job host at most once, and tracks the host that this process started. */
interface Starter {
  start(): void;
  /** State of our own job host only; a host that an earlier process started may hold the latch instead. */
  state: 'idle' | 'started' | 'ended';
}

function createStarter(job: Job, { env }: FollowOptions, wake: JobNotifier): Starter {
  const starter: Starter = {
    state: 'idle',
    start() {
      starter.state = 'started';
      startHost(job, env, () => {
        starter.state = 'ended';
        wake.notify();
      });
    },
  };
  return starter;
}

/**
 * Checks the folder once: returns how the job ended, or `undefined` to check again. `starter` is absent after a
 * reboot.
 */
async function checkJob(
  job: Job,
  signal: AbortSignal,
  options: FollowOptions,
  starter: Starter | undefined,
): Promise<JobEnd | undefined> {
  const stopping = await readStop(job);
  const status = await readExit(job);
  if (status !== undefined) {
    return stopping ? { kind: 'stopped', reason: stopping, ran: true, status } : { kind: 'exited', status };
  }
  if (signal.reason === 'detach') return { kind: 'detached' };
  if (!starter) return stopping ? stoppedEnd(stopping, true) : { kind: 'lost' };
  const reason = stopping ?? (await reasonToStop(job, signal, options.outputLimit));
  if (reason) return stopJob(job, reason, options.grace);
  return checkHost(job, starter);
}

async function checkHost(job: Job, starter: Starter): Promise<JobEnd | undefined> {
  const { state } = starter;
  const host = await readHost(job);
  if (host) {
    if (await isHostAlive(host)) return undefined;
    // The host may have written its report between our two checks.
    const status = await readExit(job);
    if (status !== undefined) return { kind: 'exited', status };
    return host.kind === 'never' ? { kind: 'unstarted' } : { kind: 'lost' };
  }
  if (state === 'idle') starter.start();
  if (state === 'ended' && (await preventStart(job))) return { kind: 'unstarted' };
  return undefined;
}

async function reasonToStop(
  job: Job,
  signal: AbortSignal,
  outputLimit: number,
): Promise<StopReason | undefined> {
  if (signal.aborted) return signal.reason === 'timeout' ? 'timeout' : 'cancelled';
  if (timeLeft(job) <= 0) return 'timeout';
  return (await readOutputSize(job)) > outputLimit ? 'output' : undefined;
}

async function stopJob(job: Job, reason: StopReason, grace: number): Promise<JobEnd> {
  // A full disk must not keep a command running; without the record only the reason of the stop is lost.
  await recordStop(job, reason).catch(() => undefined);
  if (await preventStart(job).catch(() => false)) return stoppedEnd(reason, false);
  const ended = await Promise.race([endProcesses(job, grace), settleDeadline()]);
  return { ...stoppedEnd(reason, true), ended, status: await readExit(job) };
}

/**
 * Resolves with false shortly before the runner stops waiting, so that time is left to report what the command
 * printed.
 */
function settleDeadline(): Promise<false> {
  return pause(SETTLE_LIMIT - 1_000, false, { ref: false });
}

function stoppedEnd(reason: StopReason, ran: boolean): Extract<JobEnd, { kind: 'stopped' }> {
  return { kind: 'stopped', reason, ran, status: undefined };
}

function timeLeft({ record }: Job): number {
  return record.createdUptime + record.timeout - readUptime();
}
