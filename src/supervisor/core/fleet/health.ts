import { addEffect, armTimer, type DecisionDraft, updateGeneration } from '../model/draft.ts';
import type { GenerationRecord } from '../model/generation.ts';
import { killGeneration } from './generations.ts';

/** Asks the generation for its health over its private socket. */
export function startProbe(draft: DecisionDraft, generation: GenerationRecord): void {
  if (generation.socket === null) return;
  updateGeneration(draft, generation.id, { probedAt: draft.now.clock });
  addEffect(draft, { type: 'probe', generation: generation.id, socket: generation.socket });
}

/**
 * Counts the failed probes of a serving generation, and kills it when there are too many in a row: a process that
 * hangs is worse than one that has crashed, because nothing replaces it. Then waits for the time of the next probe.
 */
export function handleServingProbe(
  draft: DecisionDraft,
  generation: GenerationRecord,
  fault: string | null,
): void {
  const { settings, config } = draft.state;
  const { every, failures } = config.trialRuns ? settings.healthPolicy.trial : settings.healthPolicy;
  const probes = fault === null ? 0 : generation.probes + 1;
  updateGeneration(draft, generation.id, { probes });
  if (probes >= failures) {
    const reason = `was killed: ${probes} health checks in a row failed, ${fault}`;
    killGeneration(draft, generation, reason);
    return;
  }
  const elapsed = draft.now.clock - generation.probedAt;
  armTimer(draft, 'health', generation.id, Math.max(0, every - elapsed));
}

export function handleHealthTimer(draft: DecisionDraft, generation: GenerationRecord): void {
  if (generation.state === 'serving' && generation.killed === null) startProbe(draft, generation);
}
