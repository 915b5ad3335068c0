import type { DaemonKill } from '../facts.ts';
import type { ReadSession } from '../journal.ts';

/** Measures the time from a kill to the worker's first step in a later generation, in ms; null if there was none. */
export function measureRecovery({ steps }: ReadSession, { at, generation }: DaemonKill): number | null {
  const next = steps.find((step) => step.generation > generation);
  return next ? next.at - at : null;
}
