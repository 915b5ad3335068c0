import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAway } from '../../client/away.ts';
import { type Client, connect } from '../../client/client.ts';
import { ExitCode } from '../../errors/errors.ts';
import { StartFailedError } from '../../errors/supervisor.ts';
import { readSupervisorStatus, type SupervisorStatus } from '../../supervisor/host/status-file.ts';
import { entryPoint } from '../../util/entry.ts';
import { type Home, homeAt } from '../../util/home.ts';
import { clearAway } from './clear-away.ts';

/** How long a daemon may take to serve, in ms. */
const START_LIMIT = 30_000;

/** The real daemon on a temporary home, with nothing between it and `kill -9`. */
export class DemoDaemon {
  readonly home: Home;
  readonly client: Client;
  #supervisor: ChildProcess | undefined;

  constructor(config: object) {
    this.home = homeAt(mkdtempSync(join(tmpdir(), 'midturn-demo-')));
    mkdirSync(this.home.logs, { mode: 0o700 });
    writeFileSync(this.home.config, `${JSON.stringify(config, null, 2)}\n`);
    this.client = connect({ socketPath: this.home.socket });
  }

  /** Starts `midturn up` and resolves when it serves. Rejects with StartFailedError. */
  async up(): Promise<void> {
    const log = openSync(this.#logFile, 'a');
    const script = fileURLToPath(entryPoint('cli/main'));
    // A process group of its own: Ctrl-C is for the demo, which clears away.
    const child = spawn(process.execPath, [script, 'up', '--home', this.home.root], {
      detached: true,
      stdio: ['ignore', log, log],
    });
    this.#supervisor = child;
    closeSync(log);
    for (const limit = performance.now() + START_LIMIT; !(await this.#serves()); await delay(20)) {
      if (child.exitCode !== null) this.#failed('ended before it served', child.exitCode);
      if (performance.now() > limit) this.#failed('did not serve in time', ExitCode.tryAgain);
    }
  }

  /** `kill -9`; returns when that was, in ms since the epoch. */
  killGeneration(): number {
    const at = Date.now();
    kill(this.#status?.generationPid);
    return at;
  }

  /** Supervisor and generations, as a power cut would; resolves when the supervisor is gone. */
  async killEverything(): Promise<number> {
    const child = this.#supervisor;
    const gone = child ? once(child, 'exit') : undefined;
    const at = Date.now();
    this.#killAll();
    await gone;
    return at;
  }

  /** Ends every process that the demo has started and removes the home, unless it is to be kept. At once. */
  dispose(keep: boolean): void {
    this.#killAll();
    clearAway(this.home, keep);
  }

  /** The supervisor first, so that it starts no other generation. */
  #killAll(): void {
    const generations = this.#status?.generations ?? [];
    const child = this.#supervisor;
    if (child && child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    for (const { pid } of generations) kill(pid);
    this.#supervisor = undefined;
  }

  /** Undefined when the file is a leftover of an earlier supervisor. */
  get #status(): SupervisorStatus | undefined {
    const status = readSupervisorStatus(this.home);
    return status && status.pid === this.#supervisor?.pid ? status : undefined;
  }

  async #serves(): Promise<boolean> {
    try {
      return (await this.client.status()).mode === 'normal';
    } catch (error) {
      if (isAway(error)) return false;
      throw error;
    }
  }

  get #logFile(): string {
    return this.home.log;
  }

  #failed(what: string, exitCode: number): never {
    const last = readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
    throw new StartFailedError(what, exitCode, this.#logFile, last);
  }
}

function kill(pid: number | null | undefined): void {
  if (!pid) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
