import { accessSync, constants, existsSync } from 'node:fs';
import { createNodeClient } from '../../client/node.ts';
import type { Target } from '../../client/transport/target.ts';
import { MidturnError } from '../../errors/errors.ts';
import { AlreadyRunningError, SocketPathTooLongError } from '../../errors/supervisor.ts';
import { checkSocketPaths } from '../../supervisor/process/private-socket.ts';
import type { Home } from '../../util/home.ts';
import { acquireLock } from '../../util/lock.ts';
import { type DoctorCheck, failCheck, passCheck, warnCheck } from './check.ts';
import { findPortProblem, type PortProblem } from './port.ts';

/**
 * Checks whether a daemon runs, which the lock tells, and whether it answers. When none runs, checks whether one could
 * listen on the socket and the port.
 */
export async function checkDaemon(home: Home, target: Target): Promise<DoctorCheck[]> {
  if ('url' in target) return [await checkApi(target)];
  const tooLong = findLongPath(home);
  if (tooLong) return [tooLong];
  const denied = findDeniedPath(home);
  if (denied !== undefined) return [reportDenied(denied)];
  const holder = describeLockHolder(home);
  if (holder) return [passCheck('lock', holder), await checkApi(target)];
  const lock = passCheck('lock', 'no daemon runs on this home');
  const trouble = await findPortProblem(home);
  const port = trouble?.isChosen ? [failCheck('port', trouble.what, trouble.next)] : [];
  return [
    lock,
    existsSync(home.socket) ? reportLeftoverSocket(home) : reportNotRunning(home, trouble),
    ...port,
  ];
}

function findLongPath(home: Home): DoctorCheck | undefined {
  try {
    checkSocketPaths(home);
    return undefined;
  } catch (error) {
    if (!(error instanceof SocketPathTooLongError)) throw error;
    return failCheck('socket', error.message, 'choose a home with a shorter path (`--home` or MIDTURN_HOME)');
  }
}

/** Returns the first path that this user may not access, so that a running daemon would be invisible; else undefined. */
function findDeniedPath({ run, lock }: Home): string | undefined {
  for (const path of [run, lock]) {
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EACCES' || code === 'EPERM') return path;
    }
  }
  return undefined;
}

function reportDenied(path: string): DoctorCheck {
  return failCheck(
    'socket',
    `no access to ${path} (EACCES), so whether a daemon runs is unknown`,
    'run this command as the user of the daemon, or use `--url` with a token',
  );
}

async function checkApi(target: Target): Promise<DoctorCheck> {
  try {
    const { version, mode, reasons, generation } = await createNodeClient(target).getStatus();
    const found = `version ${version}, generation ${generation.number}, ${mode} mode`;
    if (mode === 'normal') return passCheck('api', found);
    return warnCheck('api', `${found}: ${reasons.join('; ')}`, 'fix the cause, then `midturn restart`');
  } catch (error) {
    if (!(error instanceof MidturnError)) throw error;
    return failCheck(
      'api',
      error.message,
      'see `midturn logs` for the reason, then run `midturn stop` and `midturn start`',
    );
  }
}

function describeLockHolder(home: Home): string | undefined {
  if (!existsSync(home.lock)) return undefined;
  try {
    acquireLock(home.lock).release();
    return undefined;
  } catch (error) {
    if (!(error instanceof AlreadyRunningError)) throw error;
    return error.pid === undefined ? 'held by a daemon' : `held by process ${error.pid}`;
  }
}

function reportLeftoverSocket({ socket }: Home): DoctorCheck {
  return warnCheck('socket', `${socket} was left behind by a killed daemon`, '`midturn start` replaces it');
}

/**
 * Reports that no daemon runs. A problem with the port is part of this line when the home has no file, because the
 * operator did not choose that port and a line of its own would confuse.
 */
function reportNotRunning({ socket }: Home, trouble: PortProblem | undefined): DoctorCheck {
  const found = `no daemon listens at ${socket}`;
  if (!trouble || trouble.isChosen) return warnCheck('socket', found, '`midturn start` starts the daemon');
  return warnCheck('socket', `${found}. ${trouble.what}`, trouble.next);
}
