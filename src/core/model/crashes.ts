import type { Blame, ModelInterruption } from './events.ts';

/** Counts the crashes of the process while this step was in flight, since the step became due. */
export interface CrashCounts {
  /** Crashes in which this session was the only one with a step in flight. */
  crashes: number;
  /** Crashes that another session may have caused because it had a step in flight too. */
  sharedCrashes: number;
}

/** Returns the number of crashes with the step in flight, of any cause; deaths of the whole daemon do not count. */
export function countCrashes({ crashes, sharedCrashes }: CrashCounts): number {
  return crashes + sharedCrashes;
}

/** The minimum of sole crashes for poison: one may be chance, because operators and the kernel kill processes too. */
const MIN_SOLE_CRASHES = 2;

/** Returns true when the step must not run again: it crashed `crashAttempts` times, repeatedly as the only suspect. */
export function isPoisonStep(step: CrashCounts, { crashAttempts }: { crashAttempts: number }): boolean {
  return countCrashes(step) >= crashAttempts && step.crashes >= Math.min(MIN_SOLE_CRASHES, crashAttempts);
}

/** Returns the counts with this crash added according to its blame; interruptions other than crashes change nothing. */
export function addCrash(
  { crashes, sharedCrashes }: CrashCounts,
  cause: ModelInterruption,
  blame: Blame = 'sole',
): CrashCounts {
  if (cause !== 'crash' || blame === 'none') return { crashes, sharedCrashes };
  if (blame === 'shared') return { crashes, sharedCrashes: sharedCrashes + 1 };
  return { crashes: crashes + 1, sharedCrashes };
}
