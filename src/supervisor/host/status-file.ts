import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Home } from '../../util/home.ts';
import { GENERATION_STATES, type GenerationState } from '../core/model/generation.ts';

/**
 * Content of `<home>/run/supervisor.json`, for operators, the command line and tests. It is a hint: only the lock
 * tells whether a daemon runs, because a killed supervisor leaves its file behind.
 */
export interface SupervisorStatus {
  pid: number;
  /** When the supervisor started, as an ISO 8601 time in UTC. */
  startedAt: string;
  /** The TCP address with its real port, even when `listen` says port 0. */
  address: string;
  /** Process id of the serving generation, or of the booting one when none serves; null when there is neither. */
  generationPid: number | null;
  /** All generations whose processes run, the oldest first. */
  generations: GenerationStatus[];
}

export interface GenerationStatus {
  pid: number | null;
  /** Number of the generation; null until the generation is ready. */
  generation: number | null;
  state: GenerationState;
}

/**
 * Replaces the status file in one step, so that a reader sees the old status or the new one. Throws the errors of
 * the file system.
 */
export function writeSupervisorStatus(home: Home, status: SupervisorStatus): void {
  const path = statusPath(home);
  writeFileSync(`${path}.new`, `${JSON.stringify(status)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Reads the status file. Returns null when there is no file, or when this release cannot read it. */
export function readSupervisorStatus(home: Home): SupervisorStatus | null {
  try {
    return statusSchema.parse(JSON.parse(readFileSync(statusPath(home), 'utf8')));
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

const pidSchema = z.int().nullable();

const statusSchema = z.object({
  pid: z.int(),
  startedAt: z.string(),
  address: z.string(),
  generationPid: pidSchema,
  generations: z.array(
    z.object({ pid: pidSchema, generation: z.int().nullable(), state: z.enum(GENERATION_STATES) }),
  ),
});
