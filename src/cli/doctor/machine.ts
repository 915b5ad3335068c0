import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Home } from '../../util/home.ts';
import { type DoctorCheck, failCheck, passCheck, warnCheck } from './check.ts';

/** Minimum Node version, the same as in the `engines` of package.json; a test keeps them equal. */
export const MINIMUM_NODE = '24.15.0';
/** Minimum SQLite version. Older versions can corrupt a journal that two processes write to at the same time. */
const MINIMUM_SQLITE = '3.51.3';

const MB = 1024 ** 2;
const GB = 1024 ** 3;

export function checkNode(version = process.versions.node): DoctorCheck {
  if (isAtLeast(version, MINIMUM_NODE)) return passCheck('node', version);
  return failCheck('node', `${version} is too old`, `install Node ${MINIMUM_NODE} or newer`);
}

export function checkSqlite(version = process.versions['sqlite'] ?? '0'): DoctorCheck {
  if (isAtLeast(version, MINIMUM_SQLITE)) return passCheck('sqlite', version);
  return failCheck(
    'sqlite',
    `${version} can corrupt the journal`,
    `use a Node with SQLite ${MINIMUM_SQLITE} or newer`,
  );
}

export function checkDisk(home: Home): DoctorCheck {
  const { bavail, bsize } = statfsSync(findNearestExisting(home.root));
  return checkFreeSpace(bavail * bsize);
}

/** Rates the free disk space, given in bytes: fails below 50 MB and warns below 1 GB. */
export function checkFreeSpace(free: number): DoctorCheck {
  const found = `${(free / GB).toFixed(1)} GB free`;
  if (free < 50 * MB)
    return failCheck('disk', found, 'free up disk space; until then no message is accepted');
  if (free < GB) return warnCheck('disk', found, 'free up disk space before the journal runs out of it');
  return passCheck('disk', found);
}

/** Returns the path itself if it exists, and otherwise the nearest existing folder above it. */
export function findNearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : findNearestExisting(dirname(path));
}

function isAtLeast(version: string, needed: string): boolean {
  const [have, want] = [version, needed].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (have?.[index] ?? 0) - (want?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
