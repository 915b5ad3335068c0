import type { ModelCallPurpose } from '../core/model/events.ts';
import type { ModelUse } from '../core/usage/usage.ts';

/**
 * Ledger of model calls: what each one used and cost, added up by the append that records its result. It keeps sums
 * by the hour for each session, model, purpose, person and schedule, so that its size does not grow with each call.
 */
export interface Usage {
  /** Adds up the ledger for each session and each value of `by`, ordered by session and value. */
  sumUsage(query: UsageQuery): Promise<UsageSum[]>;
}

/** An ended attempt of a model call with its cost. */
export interface UsageRow extends ModelUse {
  /** Billionths of a US dollar; null when the price or the tokens are unknown. */
  cost: number | null;
}

export type UsageKey = 'session' | 'model' | 'purpose' | 'person' | 'schedule' | 'day';

/** Selects hours of the ledger. A filter that is absent matches everything. */
export interface UsageQuery {
  by: UsageKey;
  /** Only hours that contain this moment or start after it; milliseconds since the epoch. */
  since?: number;
  /** Only hours that start before this moment. */
  until?: number;
  /** Only this session and the sessions that work for it. */
  session?: string;
}

/** Sums over attempts of model calls. */
export interface UsageTotals {
  calls: number;
  /** Attempts that ended without a usable result. */
  failed: number;
  /** Attempts of which the provider reported no tokens. */
  unmeasured: number;
  /** Attempts whose tokens are known and whose price is not. */
  unpriced: number;
  input: number;
  output: number;
  cached: number;
  cacheWrite: number;
  reasoning: number;
  /** Cost of the priced attempts, in billionths of a US dollar. */
  cost: number;
}

export interface UsageSum extends UsageTotals {
  session: string;
  agent: string;
  /** Value of the key: a name, a day such as `2026-11-30` (UTC), or null for calls without a person or a schedule. */
  value: string | null;
}

/** Key of one row of the ledger within its session. */
export interface LedgerKey {
  /** Hours since the epoch. */
  hour: number;
  model: string;
  purpose: ModelCallPurpose;
  person: string | null;
  schedule: string | null;
}

/** Milliseconds of one row of the ledger. */
export const LEDGER_HOUR = 3_600_000;

/** Returns what one attempt adds to the sums of its row. */
export function toUsageTotals({ failed, tokens, cost }: UsageRow): UsageTotals {
  const { input = 0, output = 0, cached = 0, cacheWrite = 0, reasoning = 0 } = tokens ?? {};
  return {
    ...{ calls: 1, failed: Number(failed), unmeasured: Number(tokens === null) },
    unpriced: Number(tokens !== null && cost === null),
    ...{ input, output, cached, cacheWrite, reasoning, cost: cost ?? 0 },
  };
}

export function addTotals(one: UsageTotals, other: UsageTotals): UsageTotals {
  return {
    calls: one.calls + other.calls,
    failed: one.failed + other.failed,
    unmeasured: one.unmeasured + other.unmeasured,
    unpriced: one.unpriced + other.unpriced,
    input: one.input + other.input,
    output: one.output + other.output,
    cached: one.cached + other.cached,
    cacheWrite: one.cacheWrite + other.cacheWrite,
    reasoning: one.reasoning + other.reasoning,
    cost: one.cost + other.cost,
  };
}
