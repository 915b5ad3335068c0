import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Budgets } from './budgets.ts';
import type { Listener, ToGeneration, ToSupervisor } from './messages.ts';

export interface GenerationOptions {
  /** The generation's entry module. */
  entry: URL;
  home: string;
  mode: 'normal' | 'rescue';
  reasons: string[];
  /** This process's listening sockets; the child inherits copies. */
  sockets: readonly Listener[];
  previous: { pid: number; end: string; at: number } | null;
  /** From its start until it serves, in ms; then it is killed. */
  bootLimit: number;
  budgets: Budgets;
  /** Every valid message, after the state has followed it. Must not throw. */
  onMessage(message: ToSupervisor): void;
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

/**
 * One generation as the supervisor sees it.
 *
 *   booting  → the process runs; left by `ready` (it is told to serve), by the boot limit, or by `drain`: it has run
 *              no session yet, so it is killed rather than waited for
 *   serving  → left by `drain` or by a crash
 *   draining → left by its exit, or killed when its budget is used up
 *   ended    → `exit` has resolved
 *
 * `exit` always resolves and never rejects, also when the process could not be started.
 */
export class GenerationProcess {
  readonly exit: Promise<GenerationExit>;
  readonly #child: ChildProcess;
  readonly #options: GenerationOptions;
  readonly #bootTimer: NodeJS.Timeout;
  #killTimer: NodeJS.Timeout | undefined;
  #servingSince: number | null = null;
  #state: 'booting' | 'serving' | 'draining' | 'ended' = 'booting';
  #whyKilled: string | null = null;

  constructor(options: GenerationOptions) {
    this.#options = options;
    this.#child = spawnGeneration(options);
    this.exit = this.#watch();
    this.#bootTimer = setTimeout(() => {
      this.kill(`was killed: it did not serve within ${options.bootLimit} ms`);
    }, options.bootLimit);
    this.#send(bootMessage(options));
  }

  /** Null when it could not be started. */
  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /** Asks it to finish its steps within the drain cap and to exit. */
  drain(reason: string): void {
    if (this.#state === 'booting') this.kill('was stopped before it served');
    if (this.#state !== 'serving') return;
    this.#state = 'draining';
    clearTimeout(this.#bootTimer);
    const { drainCap: cap, kill } = this.#options.budgets;
    this.#send({ type: 'drain', reason, cap });
    this.#killIn(kill, `was killed: it still drained ${kill} ms after it was told to`);
  }

  kill(why: string): void {
    this.#whyKilled ??= why;
    this.#child.kill('SIGKILL');
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
        resolve(this.#ended(killed || how, code));
      });
      child.on('error', (error) => {
        if (child.pid === undefined) resolve(this.#ended(`could not be started: ${error.message}`, null));
      });
    });
  }

  #ended(end: string, code: number | null): GenerationExit {
    const drained = this.#state === 'draining' && code === 0;
    const served = this.#servingSince === null ? null : performance.now() - this.#servingSince;
    this.#state = 'ended';
    clearTimeout(this.#bootTimer);
    clearTimeout(this.#killTimer);
    return { end, code, served, drained };
  }

  #receive(message: unknown): void {
    if (!isToSupervisor(message)) return;
    if (message.type === 'ready' && this.#state === 'booting') {
      this.#state = 'serving';
      this.#send({ type: 'serve' });
    }
    if (message.type === 'serving' && this.#state !== 'booting') {
      clearTimeout(this.#bootTimer);
      this.#servingSince ??= performance.now();
    }
    this.#options.onMessage(message);
  }

  #killIn(ms: number, why: string): void {
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.kill(why), ms);
  }

  #send(message: ToGeneration): void {
    // A message to a process that is gone is no error here: its exit is reported anyway.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}

/** Its own process group, so that a terminal's Ctrl-C reaches the supervisor only. */
function spawnGeneration({ entry, sockets }: GenerationOptions): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(entry)], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...sockets.map((socket) => socket.fd)],
  });
}

function bootMessage({ home, mode, reasons, sockets, previous }: GenerationOptions): ToGeneration {
  const listeners = sockets.map((socket, index) => ({ ...socket, fd: firstInheritedFd + index }));
  return { type: 'boot', home, mode, reasons, listeners, previous };
}

/** 0, 1 and 2 are the standard streams, 3 is the IPC channel. */
const firstInheritedFd = 4;

/** How long a generation without its channel may take to exit, in ms. */
const orphanGrace = 2_000;

/** A generation runs anybody's code; what it says must not be able to break the supervisor. */
function isToSupervisor(message: unknown): message is ToSupervisor {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  switch (message.type) {
    case 'serving':
      return true;
    case 'ready':
      return 'generation' in message && typeof message.generation === 'number';
    case 'draining':
      return 'steps' in message && typeof message.steps === 'number';
    case 'wanted':
      return (
        'what' in message &&
        (message.what === 'stop' || message.what === 'restart') &&
        'reason' in message &&
        typeof message.reason === 'string'
      );
    default:
      return false;
  }
}
