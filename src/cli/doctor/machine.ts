import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Home } from '../../util/home.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** What package.json says in `engines`. */
export const NODE_NEEDED = '24.15.0';
/** Older ones can corrupt a journal that two processes write. */
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

/** `free` in bytes. */
export function judgeDisk(free: number): Check {
  const found = `${(free / GB).toFixed(1)} GB free`;
  if (free < 50 * MB) return fail('disk', found, 'free some space; without it no message is accepted');
  if (free < GB) return warn('disk', found, 'free some space before the journal needs it');
  return ok('disk', found);
}

/** The path itself, or the nearest folder above it that exists. */
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
