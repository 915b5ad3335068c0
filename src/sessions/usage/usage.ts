import {
  addTotals,
  type Usage,
  type UsageKey,
  type UsageSum,
  type UsageTotals,
} from '../../journal/usage.ts';

/** What the usage of sessions can be added up by; `tree` counts delegated work for the session at the top. */
export type UsageDimension = UsageKey | 'agent' | 'tree';

export interface UsageRequest {
  by: UsageDimension;
  /** Only hours that contain this moment or start after it; milliseconds since the epoch. */
  since?: number;
  /** Only hours that start before this moment. */
  until?: number;
  /** Only this session and the sessions that work for it. */
  session?: string;
  /** Usage of other sessions is left out; every session may be read when it is absent. */
  mayRead?: (about: { session: string; agent: string }) => boolean;
}

export interface UsageReport {
  total: UsageTotals;
  /** The most expensive first, days in their order. */
  groups: (UsageTotals & { value: string | null })[];
}

/** Adds up the usage of the sessions that the reader may see. */
export async function reportUsage(
  ledger: Usage,
  { by, mayRead, ...filter }: UsageRequest,
): Promise<UsageReport> {
  const key = by === 'agent' || by === 'tree' ? 'session' : by;
  const sums = (await ledger.sumUsage({ ...filter, by: key })).filter((sum) => mayRead?.(sum) ?? true);
  const groups = new Map<string | null, UsageTotals>();
  let total = NOTHING;
  for (const sum of sums) {
    const value = readDimension(sum, by);
    groups.set(value, addTotals(groups.get(value) ?? NOTHING, sum));
    total = addTotals(total, sum);
  }
  const list = [...groups].map(([value, totals]) => ({ value, ...totals }));
  return { total, groups: list.sort(by === 'day' ? compareValues : compareCosts) };
}

const NOTHING: UsageTotals = {
  ...{ calls: 0, failed: 0, unmeasured: 0, unpriced: 0, cost: 0 },
  ...{ input: 0, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 },
};

function readDimension({ session, agent, value }: UsageSum, by: UsageDimension): string | null {
  if (by === 'agent') return agent;
  return by === 'tree' ? (session.split(CHILD)[0] ?? session) : value;
}

/** What the id of a session that works for another one has after the id of that one. */
const CHILD = /\/call-\d+\.\d+(?=\/|$)/;

type UsageGroup = UsageReport['groups'][number];

function compareValues(a: UsageGroup, b: UsageGroup): number {
  return (a.value ?? '') < (b.value ?? '') ? -1 : 1;
}

function compareCosts(a: UsageGroup, b: UsageGroup): number {
  return b.cost - a.cost || b.calls - a.calls || compareValues(a, b);
}
