import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ExitCode } from '../../errors/errors.ts';
import { AlreadyRunningError, StartFailedError, StopTimeoutError } from '../../errors/supervisor.ts';
import { entryPoint } from '../../util/entry.ts';
import type { Home } from '../../util/home.ts';
import { acquireLock } from '../../util/lock.ts';
import { readSupervisorStatus } from './status-file.ts';

export interface StartedDaemon {
  pid: number;
  /** The daemon's TCP address as `host:port`, with the port that the system chose when `listen` says port 0. */
  address: string;
  /** False when the daemon serves, but `/readyz` says that it is not ready, e.g. because it is in rescue mode. */
  ready: boolean;
}

export interface DetachOptions {
  /** Module of the command line that the new process runs; default `src/cli/main`. */
  script?: URL;
  /** How long to wait until the daemon serves, in ms; default 60 s. */
  timeout?: number;
}

/**
 * Starts `midturn up` in the background with its output in `<home>/logs/midturn.log`, and resolves when it serves.
 * Rejects with AlreadyRunningError when a daemon holds the lock of the home. Rejects with StartFailedError, which
 * carries the last log lines and the exit code, when the process ended before it served, or does not serve within
 * `timeout`; in the latter case it continues to run.
 */
export async function startDetached(home: Home, options: DetachOptions = {}): Promise<StartedDaemon> {
  const { script = entryPoint('cli/main'), timeout = 60_000 } = options;
  const holder = findLockHolder(home);
  if (holder.held) throw new AlreadyRunningError(home.lock, holder.pid);
  mkdirSync(home.logs, { recursive: true, mode: 0o700 });
  const logFile = home.log;
  const log = openSync(logFile, 'a+', 0o600);
  try {
    const { size } = fstatSync(log);
    const daemon = spawn(process.execPath, [fileURLToPath(script), 'up', '--home', home.root], {
      detached: true,
      stdio: ['ignore', log, log],
    });
    daemon.unref();
    const ended = new AbortController();
    const exit = waitForExit(daemon).finally(() => ended.abort());
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(timeout)]);
    const started = await waitUntilServing(home, daemon.pid, signal);
    if (started) return started;
    const [what, exitCode] = ended.signal.aborted
      ? ['ended before it served', await exit]
      : [`runs, but does not serve after ${timeout / 1000} s`, ExitCode.tryAgain];
    throw new StartFailedError(what, exitCode, logFile, readLastLines(log, size));
  } finally {
    closeSync(log);
  }
}

/**
 * Asks the daemon of the home to drain and stop. Resolves with its process id when it has ended, or with null when
 * none runs. Rejects with StopTimeoutError when it has not ended within `timeout` ms; it still ends later.
 */
export async function stopRunningDaemon(
  home: Home,
  { timeout }: { timeout: number },
): Promise<number | null> {
  const deadline = performance.now() + timeout;
  let asked: number | null = null;
  for (let lock = findLockHolder(home); lock.held; lock = findLockHolder(home)) {
    if (asked === null && lock.pid !== undefined) {
      asked = lock.pid;
      sendSigterm(lock.pid);
    }
    if (performance.now() > deadline) throw new StopTimeoutError(asked, timeout);
    await delay(POLL_INTERVAL);
  }
  return asked;
}

/**
 * Interval in ms between two looks at the lock and the status file, because another process's files give no event
 * here.
 */
const POLL_INTERVAL = 50;

/** Resolves with the exit code of the daemon's process; a process that could not be started counts as failed. */
function waitForExit(daemon: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    daemon.on('exit', (code) => resolve(code ?? ExitCode.failed));
    daemon.on('error', () => resolve(ExitCode.failed));
  });
}

/**
 * Polls until this daemon answers on the home's socket, and not another daemon of the same home. Resolves with
 * null when `signal` aborts first.
 */
async function waitUntilServing(
  home: Home,
  pid: number | undefined,
  signal: AbortSignal,
): Promise<StartedDaemon | null> {
  while (!signal.aborted) {
    const status = readSupervisorStatus(home);
    const answer = status?.pid === pid ? await probeReadiness(home.socket, signal) : null;
    if (status && answer !== null) return { pid: status.pid, address: status.address, ready: answer === 200 };
    await delay(POLL_INTERVAL);
  }
  return null;
}

/**
 * Requests `/readyz` and resolves with the HTTP status, or with null when there was no answer. A generation that
 * still boots makes the request wait.
 */
async function probeReadiness(socketPath: string, signal: AbortSignal): Promise<number | null> {
  try {
    const sent = request({ socketPath, path: '/readyz', agent: false, signal }).end();
    const [response]: IncomingMessage[] = await once(sent, 'response');
    response?.resume();
    return response?.statusCode ?? null;
  } catch {
    return null;
  }
}

/** Returns the last 20 lines of what was written to the log after the position `start`, in bytes. */
function readLastLines(log: number, start: number): string {
  const { size } = fstatSync(log);
  const from = Math.max(start, size - 16_384);
  const bytes = Buffer.alloc(size - from);
  readSync(log, bytes, { position: from });
  return bytes.toString().trimEnd().split('\n').slice(-20).join('\n');
}

/**
 * Returns whether a daemon holds the lock of the home, and its process id where known. Only the lock proves that a
 * daemon runs; a process id in a file may belong to an unrelated process by now.
 */
function findLockHolder(home: Home): { held: boolean; pid?: number | undefined } {
  if (!existsSync(home.lock)) return { held: false };
  try {
    acquireLock(home.lock).release();
    return { held: false };
  } catch (error) {
    if (error instanceof AlreadyRunningError) return { held: true, pid: error.pid };
    throw error;
  }
}

function sendSigterm(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    // The process may have ended by itself just now.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
