import { ExitCode, MidturnError } from '../errors/errors.ts';

/** Checks whether the daemon is gone or busy for now, so that the same request may succeed later. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof MidturnError)) return false;
  return error.exitCode === ExitCode.tryAgain || error.exitCode === ExitCode.notRunning;
}
