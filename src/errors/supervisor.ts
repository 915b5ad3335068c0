import { ExitCode, MidturnError } from './errors.ts';

/** The daemon cannot have the address or the socket that it must listen on. */
export class ListenError extends MidturnError {
  readonly code = 'listen_failed';
  readonly status = 500;
  override readonly details: { address: string; errno: string };
  /** What happened and why, and what to do next; the message is both. */
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

/** A unix socket's path must fit into the kernel's fixed field. */
export class SocketPathTooLongError extends MidturnError {
  readonly code = 'socket_path_too_long';
  readonly status = 500;
  constructor(path: string, limit: number) {
    super(
      `The socket's path ${path} has ${Buffer.byteLength(path)} bytes; the system allows ${limit}. Choose a home with a shorter path (\`--home\` or MIDTURN_HOME).`,
    );
  }
}

/** `listen` is not an address. */
export class ListenAddressError extends MidturnError {
  readonly code = 'listen_address';
  readonly status = 500;
  override readonly exitCode = ExitCode.config;
  constructor(listen: string) {
    super(`"${listen}" is not an address to listen on. Set \`listen\` to host:port, e.g. "127.0.0.1:7717".`);
  }
}

/** A daemon that was started in the background ended, or did not become ready. */
export class StartFailedError extends MidturnError {
  readonly code = 'start_failed';
  readonly status = 500;
  override readonly exitCode: number;
  constructor(what: string, exitCode: number, logFile: string, lastLines: string) {
    super(
      `The daemon ${what}. Its last words (all of them: ${logFile}):\n${lastLines || '(it wrote nothing)'}`,
    );
    this.exitCode = exitCode;
  }
}

/** A daemon that was started runs in rescue mode: it answers and takes messages, and runs no session. */
export class RescueModeError extends MidturnError {
  readonly code = 'rescue_mode';
  readonly status = 503;
  override readonly exitCode: number;
  /** `isConfig`: the configuration file is what is wrong. */
  constructor(reasons: readonly string[], isConfig: boolean) {
    super(
      `The daemon is in rescue mode and runs no session. ${reasons.join(' ')} Messages are taken and wait; \`midturn status\` shows when it is back.`,
    );
    this.exitCode = isConfig ? ExitCode.config : ExitCode.failed;
  }
}

/** A daemon that was asked to stop is still running. */
export class StopTimeoutError extends MidturnError {
  readonly code = 'stop_timeout';
  readonly status = 504;
  override readonly exitCode = ExitCode.tryAgain;
  constructor(pid: number | null, timeout: number) {
    super(
      `The daemon${pid === null ? '' : ` (pid ${pid})`} still runs ${timeout / 1000} s after it was asked to stop; it may be finishing steps. Wait and look again with \`midturn status\`, or kill it (\`kill -9\`): nothing that was accepted is lost.`,
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
