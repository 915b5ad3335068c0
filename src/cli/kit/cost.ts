import type { Client } from '../../client/client.ts';
import { ApiError } from '../../errors/http.ts';
import type { UsageQueryBody, UsageTotalsBody } from '../../protocol/usage/usage.ts';

/** Reads the totals; resolves with null when a daemon of an earlier release answers, which has no ledger. */
export async function readUsageTotals(
  client: Client,
  query: UsageQueryBody,
): Promise<UsageTotalsBody | null> {
  try {
    return (await client.reportUsage(query)).total;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Describes a cost for a person: rounded, `unknown` without any price, and `at least` when a part is unknown. */
export function describeCost({
  cost,
  unpriced,
  unmeasured,
}: Pick<UsageTotalsBody, 'cost' | 'unpriced' | 'unmeasured'>): string {
  if (cost === null) return 'unknown';
  const dollars = `$${Number(cost).toFixed(4)}`;
  return unpriced + unmeasured > 0 ? `at least ${dollars}` : dollars;
}

/** Describes totals in one line: calls, tokens and cost. */
export function describeUsage(totals: UsageTotalsBody): string {
  const { calls, input, output, cached } = totals;
  const share = cached > 0 ? ` (${cached} cached)` : '';
  return `${calls} ${calls === 1 ? 'model call' : 'model calls'}, ${input}${share} tokens in, ${output} out, cost ${describeCost(totals)}`;
}
