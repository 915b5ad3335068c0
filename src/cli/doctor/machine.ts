import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Home } from '../../util/home.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** Minimum Node version, the same as in the `engines` of package.json; a test keeps them equal. */
export const NODE_NEEDED = '24.15.0';
/** Minimum SQLite version. Older versions can corrupt a journal that two processes write to at the same time. */
const SQLITE_NEEDED = '3.51.3';

const MB = 1024 ** 2;
const GB = 1024 ** 3;

export function checkNode(version = process.versions.node): Check {
  if (isAtLeast(version, NODE_NEEDED)) return ok('node', version);
  return fail('node', `${version} is too old`, `install Node ${NODE_NEEDED} or newer`);
}

export function checkSqlite(version = process.versions['sqlite'] ?? '0'): Check {
  if (isAtLeast(version, SQLITE_NEEDED)) return ok('sqlite', version);
  return fail(
    'sqlite',
    `${version} can corrupt the journal`,
    `use a Node with SQLite ${SQLITE_NEEDED} or newer`,
  );
}

export function checkDisk(home: Home): Check {
  const { bavail, bsize } = statfsSync(nearestExisting(home.root));
  return judgeDisk(bavail * bsize);
}

/** Rates the free disk space, given in bytes: fails below 50 MB and warns below 1 GB. */
export function judgeDisk(free: number): Check {
  const found = `${(free / GB).toFixed(1)} GB free`;
  if (free < 50 * MB) return fail('disk', found, 'free up disk space; until then no message is accepted');
  if (free < GB) return warn('disk', found, 'free up disk space before the journal runs out of it');
  return ok('disk', found);
}

/** Returns the path itself if it exists, and otherwise the nearest existing folder above it. */
export function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

function isAtLeast(version: string, needed: string): boolean {
  const [have, want] = [version, needed].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (have?.[index] ?? 0) - (want?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
