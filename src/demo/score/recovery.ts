import { type Facts, isStart, type Kill } from '../facts.ts';
import { WORKER } from '../story.ts';

/** Milliseconds from a kill to the first step that the worker's turn went on with; null when it did not. */
export function recoveryOf({ journals }: Facts, { at, generation }: Kill): number | null {
  const next = journals[WORKER]?.filter(isStart).find((step) => step.generation > generation);
  return next ? next.at - at : null;
}
