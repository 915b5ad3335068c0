import type { ModelUse } from '../../../core/usage/usage.ts';
import type { UsageRow } from '../../../journal/usage.ts';
import type { RunnerPorts } from '../../port/ports.ts';

/** Resolves with the attempts and their cost, for the usage ledger. Never rejects. */
export async function priceUsage(
  { priceCall }: Pick<RunnerPorts, 'priceCall'>,
  usage: readonly ModelUse[],
): Promise<UsageRow[]> {
  return Promise.all(
    usage.map(async (use) => ({ ...use, cost: use.tokens && (await priceCall(use.model, use.tokens)) })),
  );
}
