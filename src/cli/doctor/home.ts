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
    return fail('home', `${root} is not writable`, `chmod u+rwx ${root}`);
  }
  if ((stats.mode & 0o077) === 0) return ok('home', root);
  return warn('home', `${root} is open to other users`, `chmod 700 ${root}`);
}

/** Returns the file's stats, or `undefined` when it does not exist, also because a parent is a file. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Checks whether the first start can create the home inside the nearest existing folder above it. */
function checkParent(root: string): Check {
  const parent = nearestExisting(root);
  const next = `choose another --home, or create ${root} as a user with write access`;
  if (!statSync(parent).isDirectory())
    return fail('home', `${root} cannot be created: ${parent} is not a directory`, next);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return fail('home', `${root} cannot be created: this user may not write to ${parent}${code}`, next);
  }
  return ok('home', `${root} does not exist yet; the first start creates it`);
}

export function checkHomeConfig(home: Home): Check {
  try {
    const { origin } = loadConfig(home);
    if (origin === 'file') return ok('config', `${home.config} is valid`);
    return warn(
      'config',
      `${home.config} does not exist; only the scripted model answers`,
      'run `midturn config edit` and add a provider',
    );
  } catch (error) {
    if (!(error instanceof MidturnError)) throw error;
    const found = error.message.replaceAll('\n', ' | ');
    return fail('config', found, 'fix it, then run `midturn config check`');
  }
}
