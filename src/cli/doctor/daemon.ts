import { existsSync } from 'node:fs';
import { MidturnError } from '../../errors/errors.ts';
import { AlreadyRunningError } from '../../errors/lock.ts';
import { connect } from '../../protocol/client/client.ts';
import type { Target } from '../../protocol/client/target.ts';
import type { Home } from '../../util/home.ts';
import { acquireLock } from '../../util/lock.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** Whether a daemon runs, told by the lock; and whether it answers. */
export async function checkDaemon(home: Home, target: Target): Promise<Check[]> {
  const api = await checkApi(target);
  if ('url' in target) return [api];
  const holder = lockHolder(home);
  if (holder) return [ok('lock', holder), api];
  const lock = ok('lock', 'nobody has it: no daemon runs on this home');
  return [lock, existsSync(home.socket) ? leftOver(home) : notRunning(home)];
}

async function checkApi(target: Target): Promise<Check> {
  try {
    const { version, mode, reasons, generation } = await connect(target).status();
    const found = `version ${version}, generation ${generation.number}, ${mode} mode`;
    if (mode === 'normal') return ok('api', found);
    return warn('api', `${found}: ${reasons.join('; ')}`, 'mend the cause, then `midturn restart`');
  } catch (error) {
    if (!(error instanceof MidturnError)) throw error;
    return fail('api', error.message, '`midturn logs` may tell why; `midturn stop`, then `midturn start`');
  }
}

function lockHolder(home: Home): string | undefined {
  if (!existsSync(home.lock)) return undefined;
  try {
    acquireLock(home.lock).release();
    return undefined;
  } catch (error) {
    if (!(error instanceof AlreadyRunningError)) throw error;
    return error.pid === undefined ? 'a daemon has it' : `process ${error.pid} has it`;
  }
}

function leftOver({ socket }: Home): Check {
  return warn('socket', `${socket} was left by a daemon that was killed`, '`midturn start` replaces it');
}

function notRunning({ socket }: Home): Check {
  return warn('socket', `nobody listens at ${socket}`, '`midturn start` starts the daemon');
}
