import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isRetryable } from '../../client/away.ts';
import type { Client } from '../../client/client.ts';
import { createNodeClient } from '../../client/node.ts';
import { ExitCode } from '../../errors/errors.ts';
import { StartFailedError } from '../../errors/supervisor.ts';
import { readSupervisorStatus, type SupervisorStatus } from '../../supervisor/host/status-file.ts';
import { entryPoint } from '../../util/entry.ts';
import { type Home, resolveHome } from '../../util/home.ts';
import { cleanUpHome } from './clear-away.ts';

/** Time limit for the start of the daemon until it accepts requests, in ms. */
const START_TIMEOUT = 30_000;

/** A real daemon on a temporary home, run as separate processes so that the demo can `kill -9` them. */
export class DemoDaemon {
  readonly home: Home;
  readonly client: Client;
  #supervisor: ChildProcess | undefined;

  constructor(config: object) {
    this.home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-demo-')));
    mkdirSync(this.home.logs, { mode: 0o700 });
    writeFileSync(this.home.config, `${JSON.stringify(config, null, 2)}\n`);
    this.client = createNodeClient({ socketPath: this.home.socket });
  }

  /** Starts `midturn up` and resolves when it serves. Rejects with StartFailedError. */
  async startUp(): Promise<void> {
    const log = openSync(this.#logFile, 'a');
    const script = fileURLToPath(entryPoint('cli/main'));
    // Detached into its own process group, so that Ctrl-C reaches only the demo, which then cleans up.
    const child = spawn(process.execPath, [script, 'up', '--home', this.home.root], {
      detached: true,
      stdio: ['ignore', log, log],
    });
    this.#supervisor = child;
    closeSync(log);
    for (const limit = performance.now() + START_TIMEOUT; !(await this.#isServing()); await delay(20)) {
      if (child.exitCode !== null) this.#throwStartFailure('ended before it served', child.exitCode);
      if (performance.now() > limit) this.#throwStartFailure('did not serve in time', ExitCode.tryAgain);
    }
  }

  /** Kills the serving generation with `kill -9` and returns the time of the kill, in ms since the epoch. */
  killGeneration(): number {
    const at = Date.now();
    killProcess(this.#status?.generationPid);
    return at;
  }

  /**
   * Kills the supervisor and all generations, as a power cut would. Resolves with the time of the kill (ms since the
   * epoch) once the supervisor is gone.
   */
  async killEverything(): Promise<number> {
    const child = this.#supervisor;
    const gone = child ? once(child, 'exit') : undefined;
    const at = Date.now();
    this.#killAll();
    await gone;
    return at;
  }

  /** Kills every process that the demo started and, unless `keep` is set, removes the home. Synchronous, for exit handlers. */
  dispose(keep: boolean): void {
    this.#killAll();
    cleanUpHome(this.home, keep);
  }

  /** Kills the supervisor first, because it would otherwise start another generation. */
  #killAll(): void {
    const generations = this.#status?.generations ?? [];
    const child = this.#supervisor;
    if (child && child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    for (const { pid } of generations) killProcess(pid);
    this.#supervisor = undefined;
  }

  /** Status of the running supervisor; undefined when the file was written by an earlier one. */
  get #status(): SupervisorStatus | undefined {
    const status = readSupervisorStatus(this.home);
    return status && status.pid === this.#supervisor?.pid ? status : undefined;
  }

  async #isServing(): Promise<boolean> {
    try {
      return (await this.client.getStatus()).mode === 'normal';
    } catch (error) {
      if (isRetryable(error)) return false;
      throw error;
    }
  }

  get #logFile(): string {
    return this.home.log;
  }

  #throwStartFailure(what: string, exitCode: number): never {
    const last = readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
    throw new StartFailedError(what, exitCode, this.#logFile, last);
  }
}

function killProcess(pid: number | null | undefined): void {
  if (!pid) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has already exited.
  }
}
