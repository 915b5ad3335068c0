import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { takeTail } from '../../../core/model/text.ts';
import { McpFolderError, McpProcessError } from '../../../errors/mcp.ts';
import { buildJobEnvironment } from '../../shell/environment.ts';
import { signalProcess } from '../../shell/job/processes.ts';
import type { McpStdioConfig } from './config.ts';

/** Environment variables for network access, passed to servers because they need the same proxies as the daemon. */
const NETWORK_VARIABLES = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
];

/**
 * Shell script that runs a server in its own process group together with a watcher:
 *   1. The watcher reads from descriptor 3, a pipe whose other end the daemon holds. When the daemon exits, even by
 *      SIGKILL, the system closes the pipe and the watcher terminates the group: SIGTERM, then SIGKILL.
 *   2. As a member of the group, the watcher keeps the group id from being reused for another process.
 *   3. The watcher closes the server's own pipes, so that their end means that the server has exited.
 *   4. The watcher is started from a subshell, so that the server does not find an unknown child process.
 */
const WATCHED_COMMAND = `
grace=$1
shift
(
  (
    trap '' TERM INT HUP
    read -r _
    kill -s TERM -- "-$$"
    command -p sleep "$grace"
    kill -s KILL -- "-$$"
  ) <&3 3<&- >/dev/null 2>&1 &
)
exec "$@" 3<&-
`;

/**
 * Milliseconds to wait after closing the server's input (`farewell`), and then between SIGTERM and SIGKILL
 * (`grace`).
 */
export interface ServerProcessTiming {
  inputClosed: number;
  grace: number;
}

/** The number of characters kept from the end of the error output, to explain why the server ended. */
const MAX_TAIL_LENGTH = 1_000;

/**
 * Milliseconds to wait for remaining output after the exit; a process that the server started may keep the pipe
 * open.
 */
const OUTPUT_TIMEOUT = 200;

/** The process group of a stdio server, with its pipes. */
export class ServerProcess {
  readonly #process: ChildProcess;
  readonly #timing: ServerProcessTiming;
  readonly input: Writable;
  readonly output: Readable;
  readonly errors: Readable;
  readonly #lifeline: Duplex;
  /** Resolves with a description of how the process ended. Never rejects. */
  readonly ended: Promise<string>;
  #ending: Promise<void> | undefined;
  #tail = '';

  private constructor(process: ChildProcess, timing: ServerProcessTiming) {
    this.#process = process;
    this.#timing = timing;
    this.ended = new Promise((resolve) => {
      process.once('error', (error) => resolve(`cannot be started: ${error.message}`));
      process.once('exit', (code, signal) =>
        this.#waitForOutput().then(() => resolve(this.#describeExit(code, signal))),
      );
    });
    const [input, output, errors, lifeline] = process.stdio;
    if (!input || !output || !errors || !(lifeline instanceof Duplex)) throw new McpProcessError();
    this.input = input;
    this.output = output;
    this.errors = errors;
    this.#lifeline = lifeline;
    // A broken pipe is reported by the exit of the process.
    for (const each of [input, output, errors, lifeline]) each.on('error', () => {});
  }

  /**
   * Starts the server. Rejects with McpFolderError when `cwd` is unusable; a command that cannot run resolves
   * `ended`.
   */
  static async spawnServer(config: McpStdioConfig, timing: ServerProcessTiming): Promise<ServerProcess> {
    const { command, args, cwd, env } = config;
    await mkdir(cwd, { recursive: true }).catch((error: Error) => {
      throw new McpFolderError(cwd, error.message);
    });
    const grace = String(timing.grace / 1_000);
    const child = spawn('/bin/sh', ['-c', WATCHED_COMMAND, 'midturn-mcp', grace, command, ...args], {
      cwd,
      env: buildJobEnvironment(process.env, env, NETWORK_VARIABLES),
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    return new ServerProcess(child, timing);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  heardError(text: string): void {
    const all = this.#tail + text;
    const cut = takeTail(all, MAX_TAIL_LENGTH);
    // A partial line could contain part of a secret, which would not be masked.
    this.#tail =
      cut.length < all.length && cut.includes('\n', 1) ? cut.slice(cut.indexOf('\n') + 1) || cut : cut;
  }

  /** Terminates the whole group; resolves when the server has exited. May be called repeatedly. */
  end(): Promise<void> {
    this.#ending ??= this.#terminateGroup();
    return this.#ending;
  }

  async #terminateGroup(): Promise<void> {
    const { inputClosed: farewell, grace } = this.#timing;
    this.input.end();
    if (!(await this.#waitForExit(farewell))) {
      this.#signalGroup('SIGTERM');
      await this.#waitForExit(grace);
    }
    this.#signalGroup('SIGKILL');
    await this.ended;
    for (const each of [this.input, this.output, this.errors, this.#lifeline]) each.destroy();
  }

  #waitForExit(milliseconds: number): Promise<boolean> {
    return Promise.race([this.ended.then(() => true), pause(milliseconds, false, { ref: false })]);
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.pid !== undefined) signalProcess(-this.pid, signal);
  }

  /** Waits for output that was written before the exit and is still in the pipes. */
  async #waitForOutput(): Promise<void> {
    const read = [this.output, this.errors].map((each) =>
      finished(each, { writable: false }).catch(() => {}),
    );
    await Promise.race([Promise.all(read), pause(OUTPUT_TIMEOUT, undefined, { ref: false })]);
  }

  #describeExit(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal ? `was killed by ${signal}` : `ended with exit status ${code}`;
    const said = this.#tail.trim();
    return said === '' ? how : `${how}; its last words: ${said}`;
  }
}
