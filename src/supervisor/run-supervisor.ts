import { chmodSync, mkdirSync } from 'node:fs';
import { formatAddress } from '../config/address.ts';
import { RevisionStore } from '../config/revisions.ts';
import { watchConfig } from '../config/watch.ts';
import type { Home } from '../util/home.ts';
import { acquireLock } from '../util/lock.ts';
import { Bell } from './bell.ts';
import { Chronicle } from './chronicle.ts';
import { ConfigKeeper } from './config/keeper.ts';
import { Fleet } from './fleet.ts';
import { Listeners } from './listeners.ts';
import { OwnLog } from './own-log.ts';
import type { Parts, SupervisorOptions } from './parts.ts';
import { checkSocketPaths, removeLeftoverSockets } from './private-socket.ts';
import { HandoverReports } from './reports.ts';
import { readSupervisorStatus, removeSupervisorStatus } from './status-file.ts';
import { type ExitReason, Supervisor } from './supervisor.ts';
import { obey, Wishes } from './wishes.ts';

/**
 * Runs the daemon of one home until somebody stops it. Rejects only before the first generation starts:
 * AlreadyRunningError, SocketPathTooLongError, or the errors of `Listeners.open`.
 */
export async function runSupervisor(options: SupervisorOptions): Promise<ExitReason> {
  const { home } = options;
  checkSocketPaths(home);
  mkdirSync(home.run, { recursive: true, mode: 0o700 });
  chmodSync(home.run, 0o700);
  const lock = acquireLock(home.lock);
  try {
    return await runLocked(options);
  } finally {
    removeSupervisorStatus(home);
    lock.release();
  }
}

async function runLocked(options: SupervisorOptions): Promise<ExitReason> {
  const { home } = options;
  const leftover = readSupervisorStatus(home) !== null;
  removeSupervisorStatus(home);
  removeLeftoverSockets(home);
}
