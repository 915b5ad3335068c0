import { formatDollars, type UsageTotalsBody, usageQuery, usageReport } from '../../protocol/usage/usage.ts';
import type { UsageReport } from '../../sessions/usage/usage.ts';
import { omitUndefined } from '../request/omit-undefined.ts';
import { declareRoute } from '../request/route-facts.ts';
import { jsonContent, problemResponses, type RouteContext } from './shared.ts';

export function usageRoute({ app, deps: { priceCatalogue } }: RouteContext): void {
  app.openapi(route, async (c) => {
    const query = omitUndefined(c.req.valid('query'));
    const { total, groups } = await c.get('sessions').reportUsage(query);
    const shown = groups.map(({ value, ...totals }) => ({ value, ...toWireTotals(totals) }));
    const { by } = query;
    return c.json({ by, total: toWireTotals(total), groups: shown, catalogue: priceCatalogue }, 200);
  });
}

/** Returns the totals with their cost as a decimal; a cost of which nothing is known is null, not zero. */
function toWireTotals({ cost, ...totals }: UsageReport['total']): UsageTotalsBody {
  const { calls, unmeasured, unpriced } = totals;
  const isKnown = calls === 0 || calls > unmeasured + unpriced;
  return { ...totals, cost: isKnown ? formatDollars(cost) : null };
}

const route = declareRoute({
  'x-access': 'read',
  'x-about': 'sessions',
  method: 'get',
  path: '/v1/usage',
  operationId: 'reportUsage',
  summary: 'Report what model calls used and cost',
  description: [
    'Adds up the ledger of all sessions that the caller may read, which counts every ended attempt of a model call.',
    'It keeps sums by the hour, so `since` and `until` select whole hours.',
    'A cost holds the prices at the time of the call; it is a lower bound while `unpriced` or `unmeasured` is not 0.',
  ].join(' '),
  request: { query: usageQuery },
  responses: { 200: jsonContent('The sums.', usageReport), ...problemResponses },
});
