import { spawn } from 'node:child_process';

/** What a service manager is told; each call returns at once and never fails: the daemon does not depend on it. */
export interface ServiceManager {
  /** A generation serves. */
  ready(status: string): void;
  /** A handover has begun; `ready` ends it. */
  reloading(): void;
  stopping(status: string): void;
  status(status: string): void;
  /** How often, in milliseconds, `alive` must be called; null when nobody watches. */
  readonly watchdog: number | null;
  alive(): void;
}

/**
 * systemd, when it asked for notifications (`Type=notify`, NOTIFY_SOCKET), told by its own `systemd-notify`: Node
 * cannot write to a datagram socket. The unit needs `NotifyAccess=all`. Anybody else hears nothing.
 * Protocol: sd_notify(3).
 */
export function serviceManager(env: NodeJS.ProcessEnv, notify = systemdNotify): ServiceManager {
  const wanted = Boolean(env['NOTIFY_SOCKET']);
  const tell = (...assignments: string[]) => {
    if (wanted) notify(assignments);
  };
  const watched = env['WATCHDOG_PID'] === undefined || Number(env['WATCHDOG_PID']) === process.pid;
  const interval = Number(env['WATCHDOG_USEC']) / 1000;
  return {
    ready: (status) => tell('READY=1', `STATUS=${status}`, `MAINPID=${process.pid}`),
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${monotonicMicroseconds()}`),
    stopping: (status) => tell('STOPPING=1', `STATUS=${status}`),
    status: (status) => tell(`STATUS=${status}`),
    // Half of what is granted, as sd_watchdog_enabled(3) advises.
    watchdog: wanted && watched && interval > 0 ? interval / 2 : null,
    alive: () => tell('WATCHDOG=1'),
  };
}

/** CLOCK_MONOTONIC, which is what Node's high resolution time reads. */
function monotonicMicroseconds(): bigint {
  return process.hrtime.bigint() / 1000n;
}

function systemdNotify(assignments: string[]): void {
  try {
    const child = spawn('systemd-notify', assignments, { stdio: 'ignore' });
    child.on('error', () => {});
    child.unref();
  } catch {
    // Some failures to start a process are thrown, e.g. no memory.
  }
}
