import { ExitCode } from '../../errors/errors.ts';

/** What the system says when there is no space, no quota, or a disk fails or has become read-only. */
const OUTAGES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/** The code with which a generation exits that this error ends; the supervisor goes by it (`src/supervisor/process/crashes.ts`). */
export function exitCodeOf(error: unknown): number {
  const { exitCode, code } = error as { exitCode?: number; code?: unknown };
  return exitCode ?? (OUTAGES.has(code) ? ExitCode.tryAgain : ExitCode.failed);
}
