import type { DatabaseSync } from 'node:sqlite';
import {
  LEDGER_HOUR,
  toUsageTotals,
  type Usage,
  type UsageKey,
  type UsageQuery,
  type UsageRow,
  type UsageSum,
} from '../../usage.ts';
import { requireInteger, requireText, type StoreRow } from '../store/values.ts';

/** Columns of an attempt: the key within the session, then what it adds. */
export type UsageColumns = readonly [
  ...key: [number, string, string, string, string],
  ...totals: [number, number, number, number, number, number, number, number, number],
];

export interface UsageStatements {
  usage: ReturnType<typeof prepareUsageWriter>;
}

export function createUsage(db: DatabaseSync): Usage {
  const sums = prepareUsageReader(db);
  return { sumUsage: async (query) => sums[query.by].all(toParameters(query)).map(toUsageSum) };
}

function prepareUsageReader(db: DatabaseSync) {
  const prepare = (value: string) =>
    db.prepare(
      `SELECT s.name AS session, s.agent AS agent, ${value} AS value, sum(calls) AS calls, sum(failed) AS failed,
         sum(unmeasured) AS unmeasured, sum(unpriced) AS unpriced, sum(input) AS input, sum(output) AS output,
         sum(cached) AS cached, sum(cache_write) AS cache_write, sum(reasoning) AS reasoning, sum(cost) AS cost
       FROM usage u JOIN sessions s ON s.id = u.session
       WHERE u.hour >= $from AND u.hour < $to
         AND ($session IS NULL OR s.name = $session OR substr(s.name, 1, length($below)) = $below)
       GROUP BY s.name, value ORDER BY s.name, value`,
    );
  return {
    session: prepare('s.name'),
    model: prepare('u.model'),
    purpose: prepare('u.purpose'),
    person: prepare('u.person'),
    schedule: prepare('u.schedule'),
    day: prepare("date(u.hour * 3600, 'unixepoch')"),
  } satisfies Record<UsageKey, unknown>;
}

export function prepareUsageWriter(db: DatabaseSync) {
  return {
    add: db.prepare(
      `INSERT INTO usage (session, hour, model, purpose, person, schedule, calls, failed, unmeasured, unpriced, input,
         output, cached, cache_write, reasoning, cost) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET calls = calls + 1, failed = failed + excluded.failed,
         unmeasured = unmeasured + excluded.unmeasured, unpriced = unpriced + excluded.unpriced,
         input = input + excluded.input, output = output + excluded.output, cached = cached + excluded.cached,
         cache_write = cache_write + excluded.cache_write, reasoning = reasoning + excluded.reasoning,
         cost = cost + excluded.cost`,
    ),
  };
}

/** Adds the attempts of an append to the ledger of the session with this row id. */
export function addUsage({ usage }: UsageStatements, session: number, rows: readonly UsageColumns[]): void {
  for (const row of rows) usage.add.run(session, ...row);
}

export function encodeUsage(row: UsageRow): UsageColumns {
  const { failed, unmeasured, unpriced, ...tokens } = toUsageTotals(row);
  const { input, output, cached, cacheWrite, reasoning, cost } = tokens;
  return [
    ...([Math.floor(row.at / LEDGER_HOUR), row.model, row.purpose] as const),
    ...([row.person ?? '', row.schedule ?? ''] as const),
    ...([failed, unmeasured, unpriced, input, output, cached, cacheWrite, reasoning, cost] as const),
  ];
}

function toParameters({ since, until, session }: UsageQuery) {
  return {
    from: since === undefined ? 0 : Math.floor(since / LEDGER_HOUR),
    to: until === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(until / LEDGER_HOUR),
    session: session ?? null,
    below: `${session ?? ''}/call-`,
  };
}

function toUsageSum(row: StoreRow): UsageSum {
  const count = (name: string) => requireInteger(row[name]);
  return {
    session: requireText(row['session']),
    agent: requireText(row['agent']),
    value: requireText(row['value']) || null,
    ...{ calls: count('calls'), failed: count('failed') },
    ...{ unmeasured: count('unmeasured'), unpriced: count('unpriced') },
    ...{ input: count('input'), output: count('output'), cached: count('cached') },
    ...{ cacheWrite: count('cache_write'), reasoning: count('reasoning'), cost: count('cost') },
  };
}
