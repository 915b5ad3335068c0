import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ExitCode } from '../../errors/errors.ts';
import { AlreadyRunningError } from '../../errors/lock.ts';
import { StartFailedError, StopTimeoutError } from '../../errors/supervisor.ts';
import { entryPoint } from '../../util/entry.ts';
import type { Home } from '../../util/home.ts';
import { acquireLock } from '../../util/lock.ts';
import { readSupervisorStatus } from './status-file.ts';

export interface Started {
  pid: number;
  /** The TCP address, `host:port`. */
  address: string;
  /** False when it serves, but `/readyz` says that it is not ready, e.g. in rescue mode. */
  ready: boolean;
}

export interface StartOptions {
  /** The command line's module; default `src/cli/main`. */
  script?: URL;
  /** In ms; default 60 s. */
  timeout?: number;
}

/**
 * Starts `midturn up` in the background, its output in `<home>/logs/midturn.log`, and resolves when it serves.
 * Rejects with AlreadyRunningError, or with StartFailedError, which carries the last lines and the exit code, when it
 * ended before that or does not serve within `timeout`; in the latter case it still runs.
 */
export async function startDetached(home: Home, options: StartOptions = {}): Promise<Started> {
  const { script = entryPoint('cli/main'), timeout = 60_000 } = options;
  const holder = holderOf(home);
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
    const exit = whenEnded(daemon).finally(() => ended.abort());
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(timeout)]);
    const started = await whenServing(home, daemon.pid, signal);
    if (started) return started;
    const [what, exitCode] = ended.signal.aborted
      ? ['ended before it served', await exit]
      : [`runs, but does not serve after ${timeout / 1000} s`, ExitCode.tryAgain];
    throw new StartFailedError(what, exitCode, logFile, lastLines(log, size));
  } finally {
    closeSync(log);
  }
}

/**
 * Asks the home's daemon to drain and stop; resolves with its process id when it has ended, or with null when none
 * runs. Rejects with StopTimeoutError when it has not ended within `timeout` ms; it ends later then.
 */
export async function stopRunning(home: Home, { timeout }: { timeout: number }): Promise<number | null> {
  const deadline = performance.now() + timeout;
  let asked: number | null = null;
  for (let lock = holderOf(home); lock.held; lock = holderOf(home)) {
    if (asked === null && lock.pid !== undefined) {
      asked = lock.pid;
      terminate(lock.pid);
    }
    if (performance.now() > deadline) throw new StopTimeoutError(asked, timeout);
    await delay(pollEvery);
  }
  return asked;
}

/** Another process's lock and files give no event. In ms. */
const pollEvery = 50;

/** Resolves with the exit code. */
function whenEnded(daemon: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    daemon.on('exit', (code) => resolve(code ?? ExitCode.failed));
    daemon.on('error', () => resolve(ExitCode.failed));
  });
}

/** Asks until this daemon answers, not another one that runs on the same home; null when `signal` comes first. */
async function whenServing(
  home: Home,
  pid: number | undefined,
  signal: AbortSignal,
): Promise<Started | null> {
  while (!signal.aborted) {
    const status = readSupervisorStatus(home);
    const answer = status?.pid === pid ? await probe(home.socket, signal) : null;
    if (status && answer !== null) return { pid: status.pid, address: status.address, ready: answer === 200 };
    await delay(pollEvery);
  }
  return null;
}

/** The answer's HTTP status, or null when there was none. A generation that still boots makes it wait. */
async function probe(socketPath: string, signal: AbortSignal): Promise<number | null> {
  try {
    const sent = request({ socketPath, path: '/readyz', agent: false, signal }).end();
    const [response]: IncomingMessage[] = await once(sent, 'response');
    response?.resume();
    return response?.statusCode ?? null;
  } catch {
    return null;
  }
}

/** The last 20 lines of what was written after `start`. */
function lastLines(log: number, start: number): string {
  const { size } = fstatSync(log);
  const from = Math.max(start, size - 16_384);
  const bytes = Buffer.alloc(size - from);
  readSync(log, bytes, { position: from });
  return bytes.toString().trimEnd().split('\n').slice(-20).join('\n');
}

/** The lock is the only proof that a daemon runs; a process id in a file may be anybody's by now. */
function holderOf(home: Home): { held: boolean; pid?: number | undefined } {
  if (!existsSync(home.lock)) return { held: false };
  try {
    acquireLock(home.lock).release();
    return { held: false };
  } catch (error) {
    if (error instanceof AlreadyRunningError) return { held: true, pid: error.pid };
    throw error;
  }
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    // It may have ended by itself in this very moment.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
