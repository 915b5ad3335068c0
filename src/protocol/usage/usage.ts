import { z } from 'zod';
import { sessionId } from '../ids/session-id.ts';

const usageDimension = z.enum(['model', 'session', 'tree', 'agent', 'person', 'schedule', 'purpose', 'day']);

const moment = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

export const usageQuery = z.strictObject({
  by: usageDimension.default('model').meta({
    description:
      '`tree` counts delegated work for the session at the top; `purpose` tells answers from summaries; days are those of UTC.',
  }),
  since: moment.meta({
    type: 'integer',
    description: 'Only hours that end after this time, in milliseconds since the epoch.',
  }),
  until: moment.meta({ type: 'integer', description: 'Only hours that start before this time.' }),
  session: sessionId.optional().meta({
    description: 'Only this session and the sessions that work for it.',
  }),
});

export const usageTotals = z
  .object({
    calls: z.int().meta({ description: 'Attempts of model calls that have ended.' }),
    failed: z.int().meta({ description: 'Attempts without a usable result.' }),
    unmeasured: z.int().meta({ description: 'Attempts of which the provider reported no tokens.' }),
    unpriced: z.int().meta({ description: 'Attempts whose tokens are known and whose price is not.' }),
    input: z.int().meta({ description: 'Tokens of prompts, including those from and for the cache.' }),
    output: z.int().meta({ description: 'Tokens of answers, including their reasoning.' }),
    cached: z.int(),
    cacheWrite: z.int(),
    reasoning: z.int(),
    cost: z.string().nullable().meta({
      description:
        'Cost of the priced attempts in US dollars, an exact decimal such as `0.00315`; null when no attempt has a price.',
    }),
  })
  .meta({ id: 'UsageTotals' });

export const usageReport = z
  .object({
    by: usageDimension,
    total: usageTotals,
    groups: z.array(
      usageTotals.extend({
        value: z.string().nullable().meta({ description: 'Null for calls without a person or schedule.' }),
      }),
    ),
    catalogue: z
      .object({ name: z.string(), version: z.string(), date: z.string() })
      .meta({ description: 'The catalogue of prices that the daemon contains, and its date.' }),
  })
  .meta({ id: 'UsageReport' });

export type UsageQueryBody = Partial<z.infer<typeof usageQuery>>;
export type UsageTotalsBody = z.infer<typeof usageTotals>;
export type UsageReportBody = z.infer<typeof usageReport>;

/** Formats billionths of a US dollar as an exact decimal. */
export function formatDollars(billionths: number): string {
  const digits = String(billionths).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -9) : `${digits.slice(0, -9)}.${fraction}`;
}
