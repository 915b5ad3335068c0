import { ExitCode, MidturnError } from './errors.ts';

/** Reports that the daemon cannot listen on its address or socket, usually because another program already does. */
export class ListenError extends MidturnError {
  readonly code = 'listen_failed';
  readonly status = 500;
  override readonly details: { address: string; errno: string };
  /** What happened and why (`what`), and what to do next (`next`); the message consists of both. */
  readonly what: string;
  readonly next: string;
  constructor(address: string, errno: string, options?: ErrorOptions) {
    const what = `Cannot listen on ${address}: ${whyNot(errno)} (${errno})`;
    const next = nextStep(address);
    super(`${what}. ${next}`, options);
    this.details = { address, errno };
    this.what = what;
    this.next = next;
  }
}

/** Reports that the path of the unix socket is longer than the field that the kernel has for it. */
export class SocketPathTooLongError extends MidturnError {
  readonly code = 'socket_path_too_long';
  readonly status = 500;
  constructor(path: string, limit: number) {
    super(
      `The socket's path ${path} has ${Buffer.byteLength(path)} bytes; the system allows ${limit}. Choose a home with a shorter path (\`--home\` or MIDTURN_HOME).`,
    );
  }
}

/** Reports that the value of `listen` is not an address of the form `host:port`; exit code 78. */
export class ListenAddressError extends MidturnError {
  readonly code = 'listen_address';
  readonly status = 500;
  override readonly exitCode = ExitCode.config;
  constructor(listen: string) {
    super(`"${listen}" is not an address to listen on. Set \`listen\` to host:port, e.g. "127.0.0.1:7717".`);
  }
}

/** Reports that a daemon that was started in the background exited, or did not become ready in time. */
export class StartFailedError extends MidturnError {
  readonly code = 'start_failed';
  readonly status = 500;
  override readonly exitCode: number;
  constructor(what: string, exitCode: number, logFile: string, lastLines: string) {
    super(
      `The daemon ${what}. The end of its log (complete: ${logFile}):\n${lastLines || '(it wrote nothing)'}`,
    );
    this.exitCode = exitCode;
  }
}

/**
 * Reports that a started daemon runs in rescue mode: it accepts messages and answers requests, but runs no session.
 */
export class RescueModeError extends MidturnError {
  readonly code = 'rescue_mode';
  readonly status = 503;
  override readonly exitCode: number;
  /** `isConfig`: whether the configuration file is the cause, which decides the exit code. */
  constructor(reasons: readonly string[], isConfig: boolean) {
    super(
      `The daemon is in rescue mode and runs no session. ${reasons.join(' ')} Messages are taken and wait; \`midturn status\` shows when it is back.`,
    );
    this.exitCode = isConfig ? ExitCode.config : ExitCode.failed;
  }
}

/** Reports that a daemon still runs `timeout` milliseconds after it was asked to stop; it may be finishing steps. */
export class StopTimeoutError extends MidturnError {
  readonly code = 'stop_timeout';
  readonly status = 504;
  override readonly exitCode = ExitCode.tryAgain;
  constructor(pid: number | null, timeout: number) {
    super(
      `The daemon${pid === null ? '' : ` (pid ${pid})`} still runs ${timeout / 1000} s after it was asked to stop; it may be finishing steps. Wait and check again with \`midturn status\`, or kill it (\`kill -9\`): nothing that was accepted is lost.`,
    );
  }
}

function whyNot(errno: string): string {
  switch (errno) {
    case 'EADDRINUSE':
      return 'something else listens there: a Midturn with another home, or another program';
    case 'EACCES':
      return 'this user may not use it (ports below 1024 need a privilege)';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address';
    default:
      return 'the system refused it';
  }
}

function nextStep(address: string): string {
  if (address.startsWith('/')) return `See that ${address} can be created by this user.`;
  const port = address.slice(address.lastIndexOf(':') + 1);
  return `\`ss -ltnp 'sport = :${port}'\` shows who has it; free it, or set another \`listen\` in midturn.jsonc (port 0 takes any free one).`;
}

/** Reports that another daemon holds the lock of this home, with its pid where it is known; exit code 4. */
export class AlreadyRunningError extends MidturnError {
  readonly code = 'already_running';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  /** The process id of the holder; `undefined` when it is not known. */
  readonly pid: number | undefined;
  constructor(lock: string, pid: number | undefined) {
    const holder = pid === undefined ? 'Another process' : `Process ${pid}`;
    super(
      `${holder} already runs on this home (it holds ${lock}). ` +
        'Use it, stop it with `midturn stop`, or choose another home with `--home`.',
    );
    this.pid = pid;
  }
}
