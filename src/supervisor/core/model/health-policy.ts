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
