import { setTimeout as delay } from 'node:timers/promises';
import type { GenerationProcess } from './generation-process.ts';
import { probe } from './probe.ts';

/** How closely a generation is watched, in ms. Failures are counted rather than timed: a machine may sleep. */
export interface HealthPolicy {
  /** How long an answer may take. */
  limit: number;
  /** From one probe to the next; how many that fail in a row are the end of it. */
  every: number;
  failures: number;
  /** The same while its configuration is on trial. */
  trial: { every: number; failures: number };
}

/** Without an answer for about 30 s, or 10 s during a trial, a generation is given up. */
export const defaultHealthPolicy: HealthPolicy = {
  limit: 5_000,
  every: 5_000,
  failures: 6,
  trial: { every: 1_000, failures: 3 },
};

/**
 * Probes a generation as long as it serves, and kills it when it does not answer or says that it is not well. A
 * process that hangs is worse than one that has crashed: nobody takes its place.
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
    const fault = await probe(generation.socket, policy.limit);
    failed = fault === null ? 0 : failed + 1;
    if (failed >= failures && generation.state === 'serving') {
      generation.kill(`was killed: ${failed} health checks in a row failed, ${fault}`);
    }
    await paused;
  }
}
