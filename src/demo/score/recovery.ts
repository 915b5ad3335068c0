import { type Facts, isStart, type Kill } from '../facts.ts';
import { WORKER } from '../story.ts';

/** Measures the time from a kill to the worker's first step in a later generation, in ms; null if there was none. */
export function recoveryOf({ journals }: Facts, { at, generation }: Kill): number | null {
  const next = journals[WORKER]?.filter(isStart).find((step) => step.generation > generation);
  return next ? next.at - at : null;
}
