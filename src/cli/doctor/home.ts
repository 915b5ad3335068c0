import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { loadConfig } from '../../config/check/load.ts';
import { MidturnError } from '../../errors/errors.ts';
import type { Home } from '../../util/home.ts';
import { type DoctorCheck, failCheck, passCheck, warnCheck } from './check.ts';
import { findNearestExisting } from './machine.ts';

export function checkHome({ root }: Home): DoctorCheck {
  const stats = statIfPresent(root);
  if (!stats) return checkParent(root);
  if (!stats.isDirectory())
    return failCheck('home', `${root} is not a directory`, 'move it away, or use another --home');
  const uid = process.getuid?.();
  if (uid !== undefined && uid !== 0 && stats.uid !== uid) {
    return failCheck('home', `${root} belongs to another user`, 'run as its owner, or use another --home');
  }
  try {
    accessSync(root, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return failCheck('home', `${root} is not writable`, `chmod u+rwx ${root}`);
  }
  if ((stats.mode & 0o077) === 0) return passCheck('home', root);
  return warnCheck('home', `${root} is open to other users`, `chmod 700 ${root}`);
}

/** Returns the file's stats, or `undefined` when it does not exist, also because a parent is a file. */
function statIfPresent(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Checks whether the first start can create the home inside the nearest existing folder above it. */
function checkParent(root: string): DoctorCheck {
  const parent = findNearestExisting(root);
  const next = `choose another --home, or create ${root} as a user with write access`;
  if (!statSync(parent).isDirectory())
    return failCheck('home', `${root} cannot be created: ${parent} is not a directory`, next);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return failCheck('home', `${root} cannot be created: this user may not write to ${parent}${code}`, next);
  }
  return passCheck('home', `${root} does not exist yet; the first start creates it`);
}

export function checkHomeConfig(home: Home): DoctorCheck {
  try {
    const { origin } = loadConfig(home);
    if (origin === 'file') return passCheck('config', `${home.config} is valid`);
    return warnCheck(
      'config',
      `${home.config} does not exist; only the scripted model answers`,
      'run `midturn config edit` and add a provider',
    );
  } catch (error) {
    if (!(error instanceof MidturnError)) throw error;
    const found = error.message.replaceAll('\n', ' | ');
    return failCheck('config', found, 'fix it, then run `midturn config check`');
  }
}
