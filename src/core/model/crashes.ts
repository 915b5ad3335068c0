import type { Blame, ModelInterruption } from './events.ts';

/** Crashes of the process with this step in flight, since the step became due. */
export interface CrashCounts {
  /** Those in which the session was the only suspect at work. */
  crashes: number;
  /** Those that may be the fault of another session. */
  sharedCrashes: number;
}

/** Crashes with the step in flight, whatever caused them; deaths of the whole daemon are not among them. */
export function countCrashes({ crashes, sharedCrashes }: CrashCounts): number {
  return crashes + sharedCrashes;
}

/** One crash that counts against the step may be chance: an operator or the kernel kills processes too. */
const REPEATED = 2;

/** True when the step is not tried again: it has died often enough, and repeatedly as the only suspect at work. */
export function isPoison(step: CrashCounts, { crashAttempts }: { crashAttempts: number }): boolean {
  return countCrashes(step) >= crashAttempts && step.crashes >= Math.min(REPEATED, crashAttempts);
}

/** Counts a crash by its blame; other interruptions are no crashes. */
export function withCrash(
  { crashes, sharedCrashes }: CrashCounts,
  cause: ModelInterruption,
  blame: Blame = 'sole',
): CrashCounts {
  if (cause !== 'crash' || blame === 'none') return { crashes, sharedCrashes };
  if (blame === 'shared') return { crashes, sharedCrashes: sharedCrashes + 1 };
  return { crashes: crashes + 1, sharedCrashes };
}
