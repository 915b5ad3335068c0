import { type DaemonKill, type DemoFacts, isStepStart } from '../facts.ts';
import { WORKER } from '../story.ts';

/** Measures the time from a kill to the worker's first step in a later generation, in ms; null if there was none. */
export function measureRecovery({ journals }: DemoFacts, { at, generation }: DaemonKill): number | null {
  const next = journals[WORKER]?.filter(isStepStart).find((step) => step.generation > generation);
  return next ? next.at - at : null;
}
