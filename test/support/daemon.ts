import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, on } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Client } from '../../src/client/client.ts';
import { createNodeClient } from '../../src/client/node.ts';
import { type Home, resolveHome } from '../../src/util/home.ts';
import { commandLine } from './command-line.ts';

/** A line of the daemon's log. */
export interface LogLine {
  msg: string;
  pid: number;
  [field: string]: unknown;
}

/** A real daemon: `midturn up` as a process of its own, on a temporary home. */
export class Daemon {
  home: Home;
  client: Client;
  readonly log: LogLine[] = [];
  readonly #lines = new EventEmitter();
  readonly #env: Record<string, string>;
  #process: ChildProcess | undefined;
  output = '';

  constructor(config: object, env: Record<string, string> = {}) {
    this.home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-')));
    this.#env = env;
    this.writeConfig(config);
    this.client = createNodeClient({ socketPath: this.home.socket });
    this.#lines.setMaxListeners(0);
  }

  writeConfig(config: object): void {
    writeFileSync(
      this.home.config,
      JSON.stringify({ listen: '127.0.0.1:0', logging: { format: 'json', level: 'debug' }, ...config }),
    );
  }

  /** Starts it and resolves when it serves. */
  async startUp(env: Record<string, string> = {}): Promise<void> {
    const child = spawn(process.execPath, [commandLine(), 'up', '--home', this.home.root], {
      env: { ...process.env, ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    child.stderr.on('data', (data) => (this.output += data));
    createInterface({ input: child.stdout }).on('line', (line) => this.#readLine(line));
    child.once('exit', (code, signal) =>
      this.#readLine(JSON.stringify({ msg: 'test:exit', pid: child.pid, code, signal })),
    );
    const line = await this.waitForLog(
      ({ msg, pid }) => msg === 'generation:serving' || (msg === 'test:exit' && pid === child.pid),
    );
    if (line.msg === 'test:exit') throw new Error(`the daemon did not start:\n${this.output}`);
  }

  #readLine(text: string): void {
    this.output += `${text}\n`;
    if (!text.startsWith('{')) return;
    const line = JSON.parse(text) as LogLine;
    this.log.push(line);
    this.#lines.emit('line', line);
  }

  /** Resolves with the first new log line that fits. */
  async waitForLog(fits: (line: LogLine) => boolean): Promise<LogLine> {
    for await (const [line] of on(this.#lines, 'line') as AsyncIterable<[LogLine]>)
      if (fits(line)) return line;
    throw new Error('unreachable');
  }

  get supervisorPid(): number {
    return this.#process?.pid ?? 0;
  }

  get generationPid(): number {
    const status = JSON.parse(readFileSync(join(this.home.run, 'supervisor.json'), 'utf8')) as {
      generationPid: number | null;
    };
    return status.generationPid ?? 0;
  }

  /** Kills the generation and resolves when the next one serves. */
  async killGeneration(): Promise<void> {
    const serving = this.waitForLog(({ msg }) => msg === 'generation:serving');
    killIfThere(this.generationPid);
    await serving;
  }

  /** Kills the supervisor and the generation, as a power cut would. */
  async killAll(): Promise<void> {
    const pids = [this.supervisorPid, this.generationPid];
    const gone = this.waitForLog(({ msg }) => msg === 'test:exit');
    for (const pid of pids) killIfThere(pid);
    await gone;
  }

  /** Stops it properly and resolves with its exit code. */
  async shutDown(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return exit;
  }

  /** Renames the home of a daemon that is down. */
  moveHome(): void {
    const root = `${this.home.root}-moved`;
    renameSync(this.home.root, root);
    this.home = resolveHome(root);
    this.client = createNodeClient({ socketPath: this.home.socket });
  }

  /** Ends whatever still runs, at once, and removes the home. */
  async dispose(): Promise<void> {
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) await this.killAll();
    rmSync(this.home.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** It may have ended by itself meanwhile; 0 stands for a process that there is not. */
function killIfThere(pid: number): void {
  if (pid === 0) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
