/**
 * When a generation crashes the next one starts. Pure: what to do is a function of what happened so far.
 *
 * A crash is quick unless the generation had served for `stable` milliseconds. The first start after a crash is
 * immediate; repeated quick crashes back off exponentially; after `rescueAfter` of them generations start in mode
 * `rescue` and stay there, however long they live, until somebody asks for a restart: a daemon that returned to
 * normal by itself would only crash again. One that finds the store unavailable at boot (no space) has not crashed:
 * it is tried again with the same growing pauses, for as long as that takes.
 */
export interface CrashPolicy {
  /** How long a generation must serve for its crash not to count as quick, in ms. */
  stable: number;
  /** The first pause, in ms; each further quick crash doubles it. */
  firstDelay: number;
  /** The longest pause, in ms. */
  maxDelay: number;
  /** Quick crashes in a row until rescue mode. */
  rescueAfter: number;
}

export const defaultCrashPolicy: CrashPolicy = {
  stable: 30_000,
  firstDelay: 200,
  maxDelay: 30_000,
  rescueAfter: 5,
};

/** Crashes since the last stable generation or wanted restart. */
export interface CrashRecord {
  quick: number;
  /** How often since the last crash a generation could not begin because the store was unavailable. */
  outages: number;
  rescue: boolean;
}

export const noCrashes: CrashRecord = { quick: 0, outages: 0, rescue: false };

/** `served` is how long the generation served in ms, null when it never did. */
export function afterCrash(record: CrashRecord, served: number | null, policy: CrashPolicy): CrashRecord {
  const quick = served !== null && served >= policy.stable ? 0 : record.quick + 1;
  return { quick, outages: 0, rescue: record.rescue || quick >= policy.rescueAfter };
}

/** After a generation that found at boot that no further try can succeed: rescue mode, at once. */
export function afterRefusal(record: CrashRecord): CrashRecord {
  return { ...record, rescue: true };
}

/** After a generation that found the store unavailable at boot: rescue mode could do no more with it than any other. */
export function afterOutage(record: CrashRecord): CrashRecord {
  return { ...record, outages: record.outages + 1 };
}

/** How long to wait before the next start, in ms. */
export function delayBeforeStart({ quick, outages }: CrashRecord, policy: CrashPolicy): number {
  const doublings = Math.max(quick - 2, outages - 1);
  if (doublings < 0) return 0;
  return Math.min(policy.firstDelay * 2 ** doublings, policy.maxDelay);
}
