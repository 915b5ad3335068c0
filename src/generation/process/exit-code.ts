import { ExitCode } from '../../errors/errors.ts';

/**
 * Error codes of the system for a store that is unavailable now: no space, no quota, a failing disk, a read-only
 * file system.
 */
const OUTAGES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/**
 * Returns the exit code for a generation that this error ends. The supervisor decides by it what to start next
 * (`src/supervisor/process/crashes.ts`).
 */
export function exitCodeOf(error: unknown): number {
  const { exitCode, code } = error as { exitCode?: number; code?: unknown };
  return exitCode ?? (OUTAGES.has(code) ? ExitCode.tryAgain : ExitCode.failed);
}
