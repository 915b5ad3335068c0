import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { loadConfig } from '../../config/check/load.ts';
import { MidturnError } from '../../errors/errors.ts';
import type { Home } from '../../util/home.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { nearestExisting } from './machine.ts';

export function checkHome({ root }: Home): Check {
  const stats = statOf(root);
  if (!stats) return checkParent(root);
  if (!stats.isDirectory())
    return fail('home', `${root} is not a directory`, 'move it away, or use another --home');
  const uid = process.getuid?.();
  if (uid !== undefined && uid !== 0 && stats.uid !== uid) {
    return fail('home', `${root} belongs to another user`, 'run as its owner, or use another --home');
  }
  try {
    accessSync(root, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return fail('home', `${root} cannot be written`, `chmod u+rwx ${root}`);
  }
  if ((stats.mode & 0o077) === 0) return ok('home', root);
  return warn('home', `${root} is open to other users`, `chmod 700 ${root}`);
}

/** `undefined` when there is nothing, a part of the path may be a file. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Whether the first start can make the home in the nearest folder that exists. */
function checkParent(root: string): Check {
  const parent = nearestExisting(root);
  const next = `choose another --home, or make ${root} as a user who may`;
  if (!statSync(parent).isDirectory())
    return fail('home', `${root} cannot be made: ${parent} is not a directory`, next);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return fail('home', `${root} cannot be made: this user may not write to ${parent}${code}`, next);
  }
  return ok('home', `${root} does not exist yet; the first start makes it`);
}

export function checkHomeConfig(home: Home): Check {
  try {
    const { origin } = loadConfig(home);
    if (origin === 'file') return ok('config', `${home.config} is valid`);
    return warn(
      'config',
      `there is no ${home.config}; only the scripted model answers`,
      '`midturn config edit` writes one; give it a provider',
    );
  } catch (error) {
    if (!(error instanceof MidturnError)) throw error;
    const found = error.message.replaceAll('\n', ' | ');
    return fail('config', found, 'correct it; `midturn config check` tells when it is valid');
  }
}
