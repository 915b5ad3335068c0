import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Home } from '../../util/home.ts';
import { readMessage } from '../ipc/message-check.ts';
import type { AcceptedConfig, DaemonState, Listener, ToGeneration, ToSupervisor } from '../ipc/messages.ts';
import type { Budgets } from './budgets.ts';
import { Bell } from './notifier.ts';
import { privateSocket, removeSocket } from './private-socket.ts';

export interface GenerationOptions {
  /** The generation's entry module. */
  entry: URL;
  home: Home;
  mode: 'normal' | 'rescue';
  config: AcceptedConfig;
  /** This process's listening sockets; the child inherits copies. */
  /** Its standard output and standard error: a descriptor, or the supervisor's own. */
  output: number | 'inherit';
  sockets: readonly Listener[];
  /** From its start until it serves, in ms; then it is killed. */
  bootLimit: number;
  /** Every valid message, after the state has followed it. Must not throw. */
  onMessage(message: ToSupervisor, generation: GenerationProcess): void;
}

/** How a generation ended; `end` is a sentence part such as "exited with code 1". */
export interface GenerationExit {
  end: string;
  /** Its exit code; null when it was killed or could not be started. */
  code: number | null;
  /** How long it had served in ms; null when it never did. */
  served: number | null;
  /** It exited by itself, with 0, after it was told to drain. */
  drained: boolean;
}

/** The states in their order; a generation never goes back. */
export const GENERATION_STATES = ['booting', 'ready', 'starting', 'serving', 'draining', 'ended'] as const;
export type GenerationState = (typeof GENERATION_STATES)[number];

/**
 * One generation as the supervisor sees it.
 *
 *   booting  → the process runs; left by its `ready`
 *   ready    → it has checked everything and answers on its private socket; left when it is told to serve
 *   starting → left by its `serving`. A generation that has not come further within the boot limit is killed
 *   serving  → left by `drain` or by a crash
 *   draining → left by its exit, or killed when its budget is used up
 *   ended    → `exit` has resolved; left never
 *
 * `exit` always resolves and never rejects, also when the process could not be started.
 */
export class GenerationProcess {
  readonly exit: Promise<GenerationExit>;
  readonly mode: 'normal' | 'rescue';
  /** Its private socket; null when it could not be started. */
  readonly socket: string | null;
  /** What it says of itself when it is ready. */
  number: number | null = null;
  /** Of the configuration that it runs. */
  revision: number;
  version: string | null = null;
  readonly #child: ChildProcess;
  readonly #options: GenerationOptions;
  #bootTimer: NodeJS.Timeout;
  readonly #moved = new Bell();
  #killTimer: NodeJS.Timeout | undefined;
  #servingSince: number | null = null;
  #state: GenerationState = 'booting';
  #whyKilled: string | null = null;
  #pushing = false;
  #unpushed: DaemonState | null = null;

  /** Throws what Node throws when a process cannot be started, e.g. for want of memory. */
  constructor(options: GenerationOptions) {
    this.#options = options;
    this.mode = options.mode;
    this.revision = options.config.revision;
    this.#child = spawnGeneration(options);
    this.socket = this.#child.pid === undefined ? null : privateSocket(options.home, this.#child.pid);
    this.exit = this.#watch();
    this.#bootTimer = this.#killUnlessServing(options.bootLimit);
    if (this.socket !== null) this.tell(bootMessage(options, this.socket));
  }

  /** Null when it could not be started. */
  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /** It was killed, though its end is not known yet. */
  get isDoomed(): boolean {
    return this.#whyKilled !== null;
  }

  get state(): GenerationState {
    return this.#state;
  }

  /** True when it has come as far as this, false when it has ended before. */
  async reached(state: 'ready' | 'serving'): Promise<boolean> {
    await this.#moved.until(() => rank(this.#state) >= rank(state));
    return this.#state !== 'ended';
  }

  /** Lets a generation that is ready serve. */
  serve(facts: Omit<Extract<ToGeneration, { type: 'serve' }>, 'type'>): void {
    if (this.#state !== 'ready' || this.isDoomed) return;
    this.#enter('starting');
    this.tell({ type: 'serve', ...facts });
  }

  /** Asks it to finish its steps within the drain cap and to exit. */
  drain(reason: string, budgets: Budgets, to: number | null): void {
    if (this.#state !== 'serving') return;
    this.#enter('draining');
    clearTimeout(this.#bootTimer);
    const { drainCap: cap, kill } = budgets;
    this.tell({ type: 'drain', reason, cap, to });
    this.#killIn(kill, `was killed: it still drained ${kill} ms after it was told to`);
  }

  /** Nobody serves meanwhile: it may take so many milliseconds more. */
  hurry(ms: number): void {
    if (rank(this.#state) >= rank('serving')) return;
    clearTimeout(this.#bootTimer);
    this.#bootTimer = this.#killUnlessServing(ms);
  }

  /** It shall not serve any more. When it may have begun to, it is given a moment to come so far that it can drain. */
  abandon(): void {
    const why = 'was stopped before it served';
    if (this.#state === 'booting' || this.#state === 'ready') this.kill(why);
    if (this.#state === 'starting') this.#killIn(startGrace, why);
  }

  /** At once, also when it is stopped (SIGSTOP). Harmless when it has ended. */
  kill(why: string): void {
    this.#whyKilled ??= why;
    this.#child.kill('SIGKILL');
  }

  tell(message: ToGeneration): void {
    // A message to a process that is gone is no error here: its exit is reported anyway.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** For one that does not read, the newest state replaces those that wait, so that they do not pile up. */
  push(state: DaemonState): void {
    this.#unpushed = state;
    if (this.#pushing || !this.#child.connected) return;
    this.#pushing = true;
    this.#unpushed = null;
    this.#child.send({ type: 'state', state } satisfies ToGeneration, () => {
      this.#pushing = false;
      if (this.#unpushed) this.push(this.#unpushed);
    });
  }

  #watch(): Promise<GenerationExit> {
    const child = this.#child;
    return new Promise((resolve) => {
      child.on('message', (message) => this.#receive(message));
      // Without the channel it cannot be told anything any more; on the way out that is as it should be.
      child.on('disconnect', () => {
        if (this.#state === 'draining' || this.#state === 'ended') return;
        this.#killIn(orphanGrace, 'was killed: it closed its IPC channel');
      });
      child.on('exit', (code, signal) => {
        const killed = signal === 'SIGKILL' && this.#whyKilled;
        const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
        void lastWords(child).then(() => resolve(this.#ended(killed || how, code)));
      });
      child.on('error', (error) => {
        if (child.pid === undefined) resolve(this.#ended(`could not be started: ${error.message}`, null));
      });
    });
  }

  #ended(end: string, code: number | null): GenerationExit {
    const drained = this.#state === 'draining' && code === 0;
    const served = this.#servingSince === null ? null : performance.now() - this.#servingSince;
    clearTimeout(this.#bootTimer);
    clearTimeout(this.#killTimer);
    if (this.socket !== null) removeSocket(this.socket);
    this.#enter('ended');
    return { end, code, served, drained };
  }

  #receive(said: unknown): void {
    const message = readMessage(said);
    if (!message || this.#state === 'ended') return;
    if (message.type === 'ready' && this.#state === 'booting') {
      this.number = message.generation;
      this.version = message.version;
      this.#enter('ready');
    }
    if (message.type === 'serving' && this.#state === 'starting') {
      clearTimeout(this.#bootTimer);
      this.#servingSince = performance.now();
      this.#enter('serving');
    }
    this.#options.onMessage(message, this);
  }

  #enter(state: GenerationState): void {
    this.#state = state;
    this.#moved.ring();
  }

  #killUnlessServing(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.kill(`was killed: it did not serve within ${ms} ms`), ms);
  }

  #killIn(ms: number, why: string): void {
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.kill(why), ms);
  }
}

function rank(state: GenerationState): number {
  return GENERATION_STATES.indexOf(state);
}

/** Its own process group, so that a terminal's Ctrl-C reaches the supervisor only. */
function spawnGeneration({ entry, sockets, output }: GenerationOptions): ChildProcess {
  return spawn(process.execPath, [youngSpace, fileURLToPath(entry)], {
    detached: true,
    stdio: ['ignore', output, output, 'ipc', ...sockets.map((socket) => socket.fd)],
  });
}

function bootMessage({ home, mode, sockets, config }: GenerationOptions, socket: string): ToGeneration {
  const listeners = sockets.map((listener, index) => ({ ...listener, fd: firstInheritedFd + index }));
  return { type: 'boot', home: home.root, mode, listeners, socket, config };
}

/** What it said just before its end may be read only after it. A process that has the channel too must not hold us up. */
function lastWords(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (!child.connected) return resolve();
    child.once('disconnect', resolve);
    setTimeout(resolve, lastWordsGrace).unref();
  });
}

/** In MB. Loading the code fills the default several times over, and collecting it was a tenth of a boot's processor time. */
const youngSpace = '--min-semi-space-size=8';

/** 0, 1 and 2 are the standard streams, 3 is the IPC channel. */
const firstInheritedFd = 4;

/** How long a generation that is not wanted any more may take to serve, in ms. */
const startGrace = 2_000;

/** How long a generation without its channel may take to exit, in ms. */
const orphanGrace = 2_000;

/** How long the channel of a generation that has ended may stay open, in ms. */
const lastWordsGrace = 500;
