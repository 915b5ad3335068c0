import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../util/home.ts';

/**
 * `<home>/run/supervisor.json`, for people, the command line and tests. It is a hint: only the lock tells whether a
 * daemon runs, since a killed supervisor leaves its file behind.
 */
export interface SupervisorStatus {
  pid: number;
  /** ISO time. */
  startedAt: string;
  /** The TCP address with its real port, also when `listen` says port 0. */
  address: string;
  /** Null between two generations. */
  generationPid: number | null;
}

/** Replaces the file in one step: a reader sees the old status or the new one. */
export function writeSupervisorStatus(home: Home, status: SupervisorStatus): void {
  const path = statusPath(home);
  writeFileSync(`${path}.new`, `${JSON.stringify(status)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Null when there is no file, or none that this release can read. */
export function readSupervisorStatus(home: Home): SupervisorStatus | null {
  try {
    const found: unknown = JSON.parse(readFileSync(statusPath(home), 'utf8'));
    return isStatus(found) ? found : null;
  } catch {
    return null;
  }
}

export function removeSupervisorStatus(home: Home): void {
  rmSync(statusPath(home), { force: true });
}

function statusPath(home: Home): string {
  return join(home.run, 'supervisor.json');
}

function isStatus(found: unknown): found is SupervisorStatus {
  return (
    typeof found === 'object' &&
    found !== null &&
    'pid' in found &&
    typeof found.pid === 'number' &&
    'startedAt' in found &&
    typeof found.startedAt === 'string' &&
    'address' in found &&
    typeof found.address === 'string' &&
    'generationPid' in found &&
    (found.generationPid === null || typeof found.generationPid === 'number')
  );
}
