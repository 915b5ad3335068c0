import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Home } from '../../util/home.ts';
import { GENERATION_STATES, type GenerationState } from '../process/generation-process.ts';

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
  /** Of the generation that serves, or that boots when none does; null when there is neither. */
  generationPid: number | null;
  /** All whose processes run, the oldest first. */
  generations: GenerationStatus[];
}

export interface GenerationStatus {
  pid: number | null;
  /** Null until it is ready. */
  generation: number | null;
  state: GenerationState;
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
    return format.parse(JSON.parse(readFileSync(statusPath(home), 'utf8')));
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

const pid = z.int().nullable();

const format = z.object({
  pid: z.int(),
  startedAt: z.string(),
  address: z.string(),
  generationPid: pid,
  generations: z.array(z.object({ pid, generation: z.int().nullable(), state: z.enum(GENERATION_STATES) })),
});
