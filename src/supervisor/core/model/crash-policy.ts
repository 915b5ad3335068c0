/**
 * Decides when the next generation starts after a crash, as pure functions of the crashes so far.
 *
 *   1. A crash is quick unless the generation had served for `stable` milliseconds.
 *   2. The first start after a crash is immediate; repeated quick crashes back off exponentially.
 *   3. After `rescueAfter` quick crashes generations start in mode `rescue` and stay there until an operator
 *      requests a restart: a daemon that returned to normal by itself would only crash again.
 *   4. A generation that finds the store unavailable at boot (e.g. no space) has not crashed: the start is retried
 *      with the same growing pauses, without limit.
 */
export interface CrashPolicy {
  /** How long a generation must serve so that its crash does not count as quick, in ms. */
  stable: number;
  /** The first pause before a start, in ms; each further quick crash doubles it. */
  firstDelay: number;
  /** The longest pause before a start, in ms. */
  maxDelay: number;
  /** Number of consecutive quick crashes that lead to rescue mode. */
  rescueAfter: number;
}

export const defaultCrashPolicy: CrashPolicy = {
  stable: 30_000,
  firstDelay: 200,
  maxDelay: 30_000,
  rescueAfter: 5,
};

/** Counts of crashes since the last stable generation or requested restart. */
export interface CrashRecord {
  quick: number;
  /** Number of generations since the last crash that could not start because the store was unavailable. */
  outages: number;
  rescue: boolean;
}

export const NO_CRASHES: CrashRecord = { quick: 0, outages: 0, rescue: false };

/** Counts a crash. `served` is how long the generation had served in ms, null when it never did. */
export function recordCrash(record: CrashRecord, served: number | null, policy: CrashPolicy): CrashRecord {
  const quick = served !== null && served >= policy.stable ? 0 : record.quick + 1;
  return { quick, outages: 0, rescue: record.rescue || quick >= policy.rescueAfter };
}

/** Records a generation that found at boot that no further attempt can succeed; rescue mode follows at once. */
export function recordRefusal(record: CrashRecord): CrashRecord {
  return { ...record, rescue: true };
}

/**
 * Counts a generation that found the store unavailable at boot. It does not lead to rescue mode, which could not
 * use the store either.
 */
export function recordOutage(record: CrashRecord): CrashRecord {
  return { ...record, outages: record.outages + 1 };
}

/** Returns how long to wait before the next start, in ms; 0 starts at once. */
export function computeStartDelay({ quick, outages }: CrashRecord, policy: CrashPolicy): number {
  const doublings = Math.max(quick - 2, outages - 1);
  if (doublings < 0) return 0;
  return Math.min(policy.firstDelay * 2 ** doublings, policy.maxDelay);
}
