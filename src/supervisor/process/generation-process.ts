import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ExitCode } from '../../errors/errors.ts';
import type { Home } from '../../util/home.ts';
import type { ProcessExit } from '../core/model/events.ts';
import type { GenerationMode } from '../core/model/generation.ts';
import { parseSupervisorMessage } from '../ipc/message-check.ts';
import type {
  AcceptedConfig,
  DaemonState,
  ListeningSocket,
  ToGeneration,
  ToSupervisor,
} from '../ipc/messages.ts';
import { privateSocketPath, removeSocket } from './private-socket.ts';

export interface GenerationOptions {
  /** Entry module that the new process runs. */
  entry: URL;
  home: Home;
  mode: GenerationMode;
  config: AcceptedConfig;
  /** Standard output and standard error of the child: a descriptor, or the supervisor's own streams. */
  output: number | 'inherit';
  /** Listening sockets of the supervisor; the child inherits copies of their descriptors. */
  sockets: readonly ListeningSocket[];
}

/** What a generation process does. None of these may throw. */
export interface GenerationCallbacks {
  /** Called with every valid message. */
  onMessage(message: ToSupervisor): void;
  /** The IPC channel is closed, so that the generation can no longer be told anything. */
  onChannelClosed(): void;
  /** Called once, after the last message; also when the process could not be started. */
  onExit(exit: ProcessExit): void;
}

/** The handle of one generation process: starts it, sends messages to it and kills it. Decides nothing. */
export class GenerationProcess {
  /** Path of the private socket; null when the process could not be started. */
  readonly socket: string | null;
  readonly #child: ChildProcess;
  #pushing = false;
  #unpushed: DaemonState | null = null;

  /**
   * Starts the process. Throws Node's error when that fails at once, e.g. because memory is short; later failures
   * are reported as its exit.
   */
  constructor(options: GenerationOptions, callbacks: GenerationCallbacks) {
    this.#child = spawnGeneration(options);
    this.socket = this.#child.pid === undefined ? null : privateSocketPath(options.home, this.#child.pid);
    this.#watchChild(callbacks);
    if (this.socket !== null) this.sendMessage(createBootMessage(options, this.socket));
  }

  /** Process id; null when the process could not be started. */
  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /** Kills the process at once, even when it is suspended (SIGSTOP). Harmless after it has ended. */
  kill(): void {
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

  #watchChild({ onMessage, onChannelClosed, onExit }: GenerationCallbacks): void {
    const child = this.#child;
    child.on('message', (said) => {
      const message = parseSupervisorMessage(said);
      if (message) onMessage(message);
    });
    child.on('disconnect', onChannelClosed);
    child.on('exit', (code, signal) => {
      void waitForLastMessages(child).then(() => {
        if (this.socket !== null) removeSocket(this.socket);
        onExit({ code, signal, failure: null, store: classifyExit(code) });
      });
    });
    child.on('error', ({ message }) => {
      if (child.pid === undefined) onExit({ code: null, signal: null, failure: message, store: null });
    });
  }
}

/** What an exit code says about the store: it cannot be used now, or never by this release. */
function classifyExit(code: number | null): ProcessExit['store'] {
  if (code === ExitCode.tryAgain) return 'unavailable';
  return code === ExitCode.config ? 'unusable' : null;
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

/** How long to wait for the channel of a generation that has ended to close, in ms. */
const LAST_MESSAGES_GRACE = 500;
