import { setTimeout as delay } from 'node:timers/promises';
import type { GenerationProcess } from './generation-process.ts';
import { probeHealth } from './probe.ts';

/**
 * How closely a serving generation is watched; all times in ms. Failed probes are counted instead of measuring
 * time, because the machine may have slept.
 */
export interface HealthPolicy {
  /** How long an answer to one probe may take before the probe counts as failed. */
  limit: number;
  /** Time between two probes, and the number of consecutive failures after which the generation is killed. */
  every: number;
  failures: number;
  /** The same limits while the generation's configuration is on trial. */
  trial: { every: number; failures: number };
}

/** Defaults: a generation that has not answered for about 30 s, or 10 s during a trial, is killed. */
export const defaultHealthPolicy: HealthPolicy = {
  limit: 5_000,
  every: 5_000,
  failures: 6,
  trial: { every: 1_000, failures: 3 },
};

/**
 * Probes a generation as long as it serves, and kills it when consecutive probes fail. A process that hangs is
 * worse than one that has crashed, because nothing replaces it. Resolves when the generation no longer serves;
 * never rejects.
 */
export async function watchHealth(
  generation: GenerationProcess,
  policy: HealthPolicy,
  onTrial: () => boolean,
): Promise<void> {
  let failed = 0;
  while (generation.socket !== null && generation.state === 'serving') {
    const { every, failures } = onTrial() ? policy.trial : policy;
    const paused = delay(every, undefined, { ref: false });
    const fault = await probeHealth(generation.socket, policy.limit);
    failed = fault === null ? 0 : failed + 1;
    if (failed >= failures && generation.state === 'serving') {
      generation.kill(`was killed: ${failed} health checks in a row failed, ${fault}`);
    }
    await paused;
  }
}
