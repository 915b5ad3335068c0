import {
  addTotals,
  LEDGER_HOUR,
  toUsageTotals,
  type Usage,
  type UsageKey,
  type UsageQuery,
  type UsageRow,
  type UsageSum,
} from '../usage.ts';
import type { LedgerEntry, MemoryState } from './state.ts';

export function createMemoryUsage(state: MemoryState): Usage {
  return {
    async sumUsage(query) {
      const sums = new Map<string, UsageSum>();
      for (const entry of state.ledger.values()) {
        if (!matchesQuery(entry, query)) continue;
        const { session } = entry;
        const value = readValue(entry, query.by);
        const { agent } = state.requireSession(session);
        const key = JSON.stringify([session, value ?? '']);
        const before = sums.get(key);
        const totals = before ? addTotals(before, entry.totals) : entry.totals;
        sums.set(key, { session, agent, value, ...totals });
      }
      return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
    },
  };
}

/** Adds the attempts of an append to the ledger. */
export function addMemoryUsage({ ledger }: MemoryState, session: string, rows: readonly UsageRow[]): void {
  for (const row of rows) {
    const { model, purpose, person, schedule } = row;
    const hour = Math.floor(row.at / LEDGER_HOUR);
    const key = JSON.stringify([session, hour, model, purpose, person, schedule]);
    const before = ledger.get(key)?.totals;
    const totals = before ? addTotals(before, toUsageTotals(row)) : toUsageTotals(row);
    ledger.set(key, { session, hour, model, purpose, person, schedule, totals });
  }
}

function matchesQuery(entry: LedgerEntry, { since = 0, until = Infinity, session }: UsageQuery): boolean {
  const { hour } = entry;
  const inTree =
    session === undefined || entry.session === session || entry.session.startsWith(`${session}/call-`);
  return inTree && hour >= Math.floor(since / LEDGER_HOUR) && hour < Math.ceil(until / LEDGER_HOUR);
}

function readValue(entry: LedgerEntry, by: UsageKey): string | null {
  return by === 'day' ? new Date(entry.hour * LEDGER_HOUR).toISOString().slice(0, 10) : entry[by];
}
