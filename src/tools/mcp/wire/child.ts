import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { takeTail } from '../../../core/model/text.ts';
import { McpFolderError, McpProcessError } from '../../../errors/mcp.ts';
import { jobEnvironment } from '../../shell/environment.ts';
import { signalProcess } from '../../shell/processes.ts';
import type { McpStdioConfig } from './config.ts';

/** How the operator's network is left: servers that call out need it as the daemon does. */
const NETWORK = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
];

/**
 * A server runs in a process group of its own, together with a watcher that waits on descriptor 3, a pipe of which
 * we hold the other end. However we end, SIGKILL included, the system closes it, and the watcher ends the group:
 * TERM, then KILL. As a member of the group the watcher also keeps its number from being given to anybody else.
 * The watcher lets go of the server's own pipes, so that their ends tell the end of the server, and is started from
 * a subshell, so that the server has no child that it does not know.
 */
const WATCHED = `
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

/** Milliseconds that a server gets after its input was closed, and then after SIGTERM, before SIGKILL. */
export interface ChildTiming {
  farewell: number;
  grace: number;
}

/** How much of the end of its error output is kept, to say why it ended. */
const TAIL = 1_000;

/** Milliseconds that the rest of its output may take after its end; something that it started may hold the pipe. */
const LAST_WORDS = 200;

/** The process of a stdio server. */
export class Child {
  readonly #process: ChildProcess;
  readonly #timing: ChildTiming;
  readonly input: Writable;
  readonly output: Readable;
  readonly errors: Readable;
  readonly #lifeline: Duplex;
  /** Resolves, never rejects, with how the process ended, in words. */
  readonly ended: Promise<string>;
  #ending: Promise<void> | undefined;
  #tail = '';

  private constructor(process: ChildProcess, timing: ChildTiming) {
    this.#process = process;
    this.#timing = timing;
    this.ended = new Promise((resolve) => {
      process.once('error', (error) => resolve(`cannot be started: ${error.message}`));
      process.once('exit', (code, signal) =>
        this.#lastWords().then(() => resolve(this.#epitaph(code, signal))),
      );
    });
    const [input, output, errors, lifeline] = process.stdio;
    if (!input || !output || !errors || !(lifeline instanceof Duplex)) throw new McpProcessError();
    this.input = input;
    this.output = output;
    this.errors = errors;
    this.#lifeline = lifeline;
    // What breaks them shows as the end of the process.
    for (const each of [input, output, errors, lifeline]) each.on('error', () => {});
  }

  /** Rejects when the folder cannot be used; a command that cannot be run shows as an end. */
  static async start(config: McpStdioConfig, timing: ChildTiming): Promise<Child> {
    const { command, args, cwd, env } = config;
    await mkdir(cwd, { recursive: true }).catch((error: Error) => {
      throw new McpFolderError(cwd, error.message);
    });
    const grace = String(timing.grace / 1_000);
    const child = spawn('/bin/sh', ['-c', WATCHED, 'midturn-mcp', grace, command, ...args], {
      cwd,
      env: jobEnvironment(process.env, env, NETWORK),
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    return new Child(child, timing);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  heardError(text: string): void {
    const all = this.#tail + text;
    const cut = takeTail(all, TAIL);
    // The rest of a line could be the rest of a secret, which would not be masked.
    this.#tail =
      cut.length < all.length && cut.includes('\n', 1) ? cut.slice(cut.indexOf('\n') + 1) || cut : cut;
  }

  /** Ends the whole group; resolves when the server is gone. Safe to repeat. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const { farewell, grace } = this.#timing;
    this.input.end();
    if (!(await this.#goneWithin(farewell))) {
      this.#signal('SIGTERM');
      await this.#goneWithin(grace);
    }
    this.#signal('SIGKILL');
    await this.ended;
    for (const each of [this.input, this.output, this.errors, this.#lifeline]) each.destroy();
  }

  #goneWithin(milliseconds: number): Promise<boolean> {
    return Promise.race([this.ended.then(() => true), pause(milliseconds, false, { ref: false })]);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid !== undefined) signalProcess(-this.pid, signal);
  }

  /** What it wrote before it ended may still be on the way. */
  async #lastWords(): Promise<void> {
    const read = [this.output, this.errors].map((each) =>
      finished(each, { writable: false }).catch(() => {}),
    );
    await Promise.race([Promise.all(read), pause(LAST_WORDS, undefined, { ref: false })]);
  }

  #epitaph(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal ? `was killed by ${signal}` : `ended with exit status ${code}`;
    const said = this.#tail.trim();
    return said === '' ? how : `${how}; its last words: ${said}`;
  }
}
