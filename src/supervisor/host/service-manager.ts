import { spawn } from 'node:child_process';

/**
 * Port to the service manager that started the daemon. Each call returns at once and never fails, because the
 * daemon does not depend on it.
 */
export interface ServiceManager {
  /** A generation serves; also ends `reloading`. `status` is one line for the operator. */
  notifyReady(status: string): void;
  /** A handover has begun; the next `ready` ends it. */
  notifyReloading(): void;
  notifyStopping(status: string): void;
  notifyStatus(status: string): void;
  /**
   * How often the watchdog signal must be sent, in milliseconds; null when the service manager does not watch this
   * process.
   */
  readonly watchdogInterval: number | null;
  notifyAlive(): void;
}

/**
 * Creates the port to systemd when the daemon was started with notifications (`Type=notify`, NOTIFY_SOCKET);
 * otherwise nothing is sent. Messages go through the program `systemd-notify`, because Node cannot write to a
 * datagram socket; the unit therefore needs `NotifyAccess=all`. Protocol: sd_notify(3).
 */
export function createServiceManager(env: NodeJS.ProcessEnv, notify = spawnSystemdNotify): ServiceManager {
  const wanted = Boolean(env['NOTIFY_SOCKET']);
  const tell = (...assignments: string[]) => {
    if (wanted) notify(assignments);
  };
  const watched = env['WATCHDOG_PID'] === undefined || Number(env['WATCHDOG_PID']) === process.pid;
  const interval = Number(env['WATCHDOG_USEC']) / 1000;
  return {
    notifyReady: (status) => tell('READY=1', `STATUS=${status}`, `MAINPID=${process.pid}`),
    notifyReloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${monotonicMicroseconds()}`),
    notifyStopping: (status) => tell('STOPPING=1', `STATUS=${status}`),
    notifyStatus: (status) => tell(`STATUS=${status}`),
    // Half of the granted interval, as sd_watchdog_enabled(3) recommends.
    watchdogInterval: wanted && watched && interval > 0 ? interval / 2 : null,
    notifyAlive: () => tell('WATCHDOG=1'),
  };
}

/** Reads CLOCK_MONOTONIC, which is the clock of Node's high-resolution time, in microseconds. */
function monotonicMicroseconds(): bigint {
  return process.hrtime.bigint() / 1000n;
}

function spawnSystemdNotify(assignments: string[]): void {
  try {
    const child = spawn('systemd-notify', assignments, { stdio: 'ignore' });
    child.on('error', () => {});
    child.unref();
  } catch {
    // Node throws some failures to start a process, e.g. when memory is short.
  }
}
