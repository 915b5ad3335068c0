import { describe, expect, it } from 'vitest';
import {
  type CrashRecord,
  computeStartDelay,
  defaultCrashPolicy,
  NO_CRASHES,
  recordCrash,
  recordOutage,
} from './crash-policy.ts';

const crash = (record: CrashRecord, served: number | null = null) =>
  recordCrash(record, served, defaultCrashPolicy);
const delay = (record: CrashRecord) => computeStartDelay(record, defaultCrashPolicy);

/** Returns the crash records after 1, 2, … `count` quick crashes. */
function crashes(count: number): CrashRecord[] {
  const records: CrashRecord[] = [];
  for (let last = NO_CRASHES; records.length < count; records.push(last)) last = crash(last);
  return records;
}

describe('[J3] crash policy', () => {
  it('starts at once after the first crash, then backs off up to 30 s', () => {
    expect(delay(NO_CRASHES)).toBe(0);
    expect(crashes(11).map(delay)).toEqual([
      0, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000,
    ]);
    expect(delay({ quick: 10_000, outages: 0, rescue: true })).toBe(30_000);
  });

  it('enters rescue mode after five quick crashes', () => {
    expect(crashes(5).map((record) => record.rescue)).toEqual([false, false, false, false, true]);
  });

  it('forgets crashes once a generation served for 30 s', () => {
    const four = crashes(4).at(-1) ?? NO_CRASHES;
    expect(crash(four, 29_999)).toEqual({ quick: 5, outages: 0, rescue: true });
    expect(crash(four, 30_000)).toEqual(NO_CRASHES);
  });

  it('[J9] backs off up to 30 s while the store is unavailable, and does not count that as crashes', () => {
    const outages = [...Array(10).keys()].map((n) => ({ ...NO_CRASHES, outages: n + 1 }));
    expect(outages.slice(0, -1).map(recordOutage)).toEqual(outages.slice(1));
    expect(outages.map(delay)).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
    const four = crashes(4).at(-1) ?? NO_CRASHES;
    expect(recordOutage(four)).toEqual({ quick: 4, outages: 1, rescue: false });
    expect(crash(recordOutage(NO_CRASHES))).toEqual(crash(NO_CRASHES));
  });

  it('stays in rescue mode even after a stable rescue generation has crashed', () => {
    const rescue = crashes(5).at(-1) ?? NO_CRASHES;
    expect(crash(rescue, 86_400_000)).toEqual({ quick: 0, outages: 0, rescue: true });
  });
});
