import { ExitCode, MidturnError } from '../errors/errors.ts';

/** Whether the daemon is gone or busy for a while, so that the same request may succeed later. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof MidturnError)) return false;
  return error.exitCode === ExitCode.tryAgain || error.exitCode === ExitCode.notRunning;
}
