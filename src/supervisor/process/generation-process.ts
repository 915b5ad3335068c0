import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Home } from '../../util/home.ts';
import { parseSupervisorMessage } from '../ipc/message-check.ts';
import type {
  AcceptedConfig,
  DaemonState,
  ListeningSocket,
  ToGeneration,
  ToSupervisor,
} from '../ipc/messages.ts';
import type { Budgets } from './budgets.ts';
import { Notifier } from './notifier.ts';
import { privateSocketPath, removeSocket } from './private-socket.ts';

export interface GenerationOptions {
  /** Entry module that the new process runs. */
  entry: URL;
  home: Home;
  mode: 'normal' | 'rescue';
  config: AcceptedConfig;
  /** Listening sockets of the supervisor; the child inherits copies of their descriptors. */
  /** Standard output and standard error of the child: a descriptor, or the supervisor's own streams. */
  output: number | 'inherit';
  sockets: readonly ListeningSocket[];
  /** Time in ms from the start of the process until it must serve; after that it is killed. */
  bootLimit: number;
  /** Called with every valid message after the state has changed accordingly. Must not throw. */
  onMessage(message: ToSupervisor, generation: GenerationProcess): void;
}

/** How a generation ended. `end` is a sentence part such as "exited with code 1". */
export interface GenerationExit {
  end: string;
  /** Exit code of the process; null when it was killed by a signal or could not be started. */
  code: number | null;
  /** How long the generation had served, in ms; null when it never served. */
  served: number | null;
  /** True when it exited by itself with code 0 after it was told to drain. */
  drained: boolean;
}

/** The states of a generation in their order; a generation never returns to an earlier one. */
export const GENERATION_STATES = ['booting', 'ready', 'starting', 'serving', 'draining', 'ended'] as const;
export type GenerationState = (typeof GENERATION_STATES)[number];

/**
 * One generation process as the supervisor sees it.
 *
 *   booting  → the process runs; left by its message `ready`
 *   ready    → it has checked everything and answers on its private socket; left when it is told to serve
 *   starting → left by its message `serving`. A generation that does not get there within the boot limit is killed
 *   serving  → left by a drain or by a crash
 *   draining → left by its exit, or by a kill when its budget is used up
 *   ended    → `exit` has resolved; never left
 *
 * `exit` always resolves and never rejects, even when the process could not be started.
 */
export class GenerationProcess {
  readonly exit: Promise<GenerationExit>;
  readonly mode: 'normal' | 'rescue';
  /** Path of the private socket; null when the process could not be started. */
  readonly socket: string | null;
  /** Number and version that the generation reports when it is ready; null before. */
  number: number | null = null;
  /** Number of the configuration revision that the generation runs. */
  revision: number;
  version: string | null = null;
  readonly #child: ChildProcess;
  readonly #options: GenerationOptions;
  #bootTimer: NodeJS.Timeout;
  readonly #stateChange = new Notifier();
  #killTimer: NodeJS.Timeout | undefined;
  #servingSince: number | null = null;
  #state: GenerationState = 'booting';
  #whyKilled: string | null = null;
  #pushing = false;
  #unpushed: DaemonState | null = null;

  /**
   * Starts the process. Throws Node's error when that fails at once, e.g. because memory is short; later failures
   * resolve `exit`.
   */
  constructor(options: GenerationOptions) {
    this.#options = options;
    this.mode = options.mode;
    this.revision = options.config.revision;
    this.#child = spawnGeneration(options);
    this.socket = this.#child.pid === undefined ? null : privateSocketPath(options.home, this.#child.pid);
    this.exit = this.#watchChild();
    this.#bootTimer = this.#killUnlessServing(options.bootLimit);
    if (this.socket !== null) this.sendMessage(createBootMessage(options, this.socket));
  }

  /** Process id; null when the process could not be started. */
  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /** True when the process has been killed, even while its end is not known yet. */
  get wasKilled(): boolean {
    return this.#whyKilled !== null;
  }

  get state(): GenerationState {
    return this.#state;
  }

  /**
   * Waits until the generation has reached this state. Resolves with true then, or with false when it has ended
   * before.
   */
  async waitForState(state: 'ready' | 'serving'): Promise<boolean> {
    await this.#stateChange.waitUntil(() => rankOf(this.#state) >= rankOf(state));
    return this.#state !== 'ended';
  }

  /** Tells a generation that is ready to serve; does nothing in any other state or after a kill. */
  startServing(facts: Omit<Extract<ToGeneration, { type: 'serve' }>, 'type'>): void {
    if (this.#state !== 'ready' || this.wasKilled) return;
    this.#enterState('starting');
    this.sendMessage({ type: 'serve', ...facts });
  }

  /**
   * Asks a serving generation to finish its steps within the drain cap and to exit. It is killed when it exceeds
   * its budget.
   */
  startDraining(reason: string, budgets: Budgets, to: number | null): void {
    if (this.#state !== 'serving') return;
    this.#enterState('draining');
    clearTimeout(this.#bootTimer);
    const { drainCap: cap, kill } = budgets;
    this.sendMessage({ type: 'drain', reason, cap, to });
    this.#killAfter(kill, `was killed: it still drained ${kill} ms after it was told to`);
  }

  /** Limits the remaining time to serve to `ms` milliseconds, because no other generation serves meanwhile. */
  shortenBootLimit(ms: number): void {
    if (rankOf(this.#state) >= rankOf('serving')) return;
    clearTimeout(this.#bootTimer);
    this.#bootTimer = this.#killUnlessServing(ms);
  }

  /**
   * Cancels a generation that is no longer wanted. If it may already be serving, waits up to `START_GRACE` for it
   * to reach a state that it can drain from.
   */
  cancelStart(): void {
    const why = 'was stopped before it served';
    if (this.#state === 'booting' || this.#state === 'ready') this.kill(why);
    if (this.#state === 'starting') this.#killAfter(START_GRACE, why);
  }

  /**
   * Kills the process at once, even when it is suspended (SIGSTOP). `why` is reported as its end. Harmless after
   * the process has ended.
   */
  kill(why: string): void {
    this.#whyKilled ??= why;
    this.#child.kill('SIGKILL');
  }

  sendMessage(message: ToGeneration): void {
    // Sending to a process that is gone is no error here, because its exit is reported anyway.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /**
   * Sends the daemon's state. While the generation has not read the previous one, only the newest state is kept,
   * so that states do not pile up.
   */
  pushState(state: DaemonState): void {
    this.#unpushed = state;
    if (this.#pushing || !this.#child.connected) return;
    this.#pushing = true;
    this.#unpushed = null;
    this.#child.send({ type: 'state', state } satisfies ToGeneration, () => {
      this.#pushing = false;
      if (this.#unpushed) this.pushState(this.#unpushed);
    });
  }

  #watchChild(): Promise<GenerationExit> {
    const child = this.#child;
    return new Promise((resolve) => {
      child.on('message', (message) => this.#handleMessage(message));
      // Without the channel the generation is out of control and is killed. A draining one closes the channel on
      // its way out.
      child.on('disconnect', () => {
        if (this.#state === 'draining' || this.#state === 'ended') return;
        this.#killAfter(ORPHAN_GRACE, 'was killed: it closed its IPC channel');
      });
      child.on('exit', (code, signal) => {
        const killed = signal === 'SIGKILL' && this.#whyKilled;
        const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
        void waitForLastMessages(child).then(() => resolve(this.#recordExit(killed || how, code)));
      });
      child.on('error', (error) => {
        if (child.pid === undefined)
          resolve(this.#recordExit(`could not be started: ${error.message}`, null));
      });
    });
  }

  #recordExit(end: string, code: number | null): GenerationExit {
    const drained = this.#state === 'draining' && code === 0;
    const served = this.#servingSince === null ? null : performance.now() - this.#servingSince;
    clearTimeout(this.#bootTimer);
    clearTimeout(this.#killTimer);
    if (this.socket !== null) removeSocket(this.socket);
    this.#enterState('ended');
    return { end, code, served, drained };
  }

  #handleMessage(said: unknown): void {
    const message = parseSupervisorMessage(said);
    if (!message || this.#state === 'ended') return;
    if (message.type === 'ready' && this.#state === 'booting') {
      this.number = message.generation;
      this.version = message.version;
      this.#enterState('ready');
    }
    if (message.type === 'serving' && this.#state === 'starting') {
      clearTimeout(this.#bootTimer);
      this.#servingSince = performance.now();
      this.#enterState('serving');
    }
    this.#options.onMessage(message, this);
  }

  #enterState(state: GenerationState): void {
    this.#state = state;
    this.#stateChange.notifyAll();
  }

  #killUnlessServing(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.kill(`was killed: it did not serve within ${ms} ms`), ms);
  }

  #killAfter(ms: number, why: string): void {
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.kill(why), ms);
  }
}

function rankOf(state: GenerationState): number {
  return GENERATION_STATES.indexOf(state);
}

/** Starts the process in its own process group, so that Ctrl-C in a terminal reaches the supervisor only. */
function spawnGeneration({ entry, sockets, output }: GenerationOptions): ChildProcess {
  return spawn(process.execPath, [YOUNG_SPACE_FLAG, fileURLToPath(entry)], {
    detached: true,
    stdio: ['ignore', output, output, 'ipc', ...sockets.map((socket) => socket.fd)],
  });
}

function createBootMessage({ home, mode, sockets, config }: GenerationOptions, socket: string): ToGeneration {
  const listeners = sockets.map((listener, index) => ({ ...listener, fd: FIRST_INHERITED_FD + index }));
  return { type: 'boot', home: home.root, mode, listeners, socket, config };
}

/**
 * Resolves when the channel is closed, because messages that the process sent just before its end may arrive after
 * its exit. Waits at most `LAST_MESSAGES_GRACE`, because another process may hold the channel open.
 */
function waitForLastMessages(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (!child.connected) return resolve();
    child.once('disconnect', resolve);
    setTimeout(resolve, LAST_MESSAGES_GRACE).unref();
  });
}

/**
 * Size of the young generation of the heap, in MB. Loading the code fills the default size several times, and
 * collecting it took a tenth of the processor time of a boot.
 */
const YOUNG_SPACE_FLAG = '--min-semi-space-size=8';

/** First descriptor for inherited sockets: 0, 1 and 2 are the standard streams, 3 is the IPC channel. */
const FIRST_INHERITED_FD = 4;

/** How long a generation that is no longer wanted may take to serve before it is killed, in ms. */
const START_GRACE = 2_000;

/** How long a generation that has closed its IPC channel may take to exit before it is killed, in ms. */
const ORPHAN_GRACE = 2_000;

/** How long to wait for the channel of a generation that has ended to close, in ms. */
const LAST_MESSAGES_GRACE = 500;
