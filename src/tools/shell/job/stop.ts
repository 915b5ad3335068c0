import { setTimeout as pause } from 'node:timers/promises';
import { type Job, type JobHost, readHost } from './job.ts';
import { listJobProcesses, readProcessInfo, signalProcess } from './processes.ts';

/** Ends the processes of a job. Milliseconds between two checks of which processes are left. */
const POLL_INTERVAL = 40;

/** Milliseconds that killed processes may take to disappear; after SIGKILL there is nothing stronger to try. */
const KILL_LIMIT = 1_500;

/**
 * Checks whether the process that runs the job's command exists. Its pid alone would prove nothing, because
 * pids are reused.
 */
export async function isHostAlive(host: JobHost): Promise<boolean> {
  if (host.kind === 'never') return false;
  if (process.platform !== 'linux') return canSignal(host.pid);
  return (await readProcessInfo(host.pid))?.start === host.start;
}

/**
 * Ends every process of a job: SIGTERM, then after `grace` milliseconds SIGKILL. Safe to repeat. Returns
 * whether all of them are gone. The process group is signalled only when its leader was seen alive, because a
 * free pid may belong to another process by now. The program that holds a sandbox gets no SIGTERM: it would die
 * and take the command with it before the command can react.
 */
export async function endProcesses(job: Job, grace: number): Promise<boolean> {
  const host = await readHost(job);
  const group = host?.kind === 'process' && (await isHostAlive(host)) ? host.pid : undefined;
  const sandboxed = job.record.sandbox !== undefined;
  if (group !== undefined && !sandboxed) signalProcess(-group, 'SIGTERM');
  for (const { pid, name, group: other } of await listJobProcesses(job.key, group)) {
    if (sandboxed ? name !== 'bwrap' : other !== group) signalProcess(pid, 'SIGTERM');
  }
  return (await waitUntilGone(job, group, grace)) || waitUntilGone(job, group, KILL_LIMIT, 'SIGKILL');
}

/**
 * Waits until no process of the job is left, at most `within` milliseconds. A process that is forked between a
 * check and its signal is found by the next check.
 */
async function waitUntilGone(
  job: Job,
  group: number | undefined,
  within: number,
  signal?: NodeJS.Signals,
): Promise<boolean> {
  const until = performance.now() + within;
  for (;;) {
    if (signal && group !== undefined) signalProcess(-group, signal);
    const left = await listJobProcesses(job.key, group);
    if (signal) for (const { pid } of left) signalProcess(pid, signal);
    const unseen = process.platform !== 'linux' && group !== undefined && canSignal(-group);
    if (left.length === 0 && !unseen) return true;
    if (performance.now() >= until) return false;
    await pause(POLL_INTERVAL);
  }
}

function canSignal(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
