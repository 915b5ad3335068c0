import type { TokenUsage } from '../../core/model/events.ts';

/** Prices of one model, in US dollars for a million tokens. */
export interface ModelPrices {
  input: number;
  output: number;
  /** Tokens that the provider read from its cache, or wrote to it; the price of `input` when absent. */
  cached?: number | undefined;
  cacheWrite?: number | undefined;
}

/** The catalogue of prices that Midturn contains; its date changes with the version of the package. */
export const PRICE_CATALOGUE = { name: '@pydantic/genai-prices', version: '0.1.8', date: '2026-09-23' };

/** Returns the cost of a call in billionths of a US dollar; null when the price or one of the counts is unknown. */
export type PriceCall = (model: string, tokens: TokenUsage) => Promise<number | null>;

/**
 * Creates the function that prices calls: by the prices of the provider in the configuration, else by the catalogue,
 * which is loaded with the first call that needs it. The catalogue knows a provider by its type or its address. Never
 * rejects, because an unknown price must not stop a session.
 */
export function createPriceCall(providers: Readonly<Record<string, PricedProvider>>): PriceCall {
  return async (name, tokens) => {
    const slash = name.indexOf('/');
    const provider = providers[name.slice(0, slash)];
    const model = name.slice(slash + 1);
    if (!provider) return null;
    if (provider.type === 'scripted') return 0;
    const { input, output } = tokens;
    if (input === undefined || output === undefined) return null;
    const own = provider.prices?.[model];
    if (own) return multiplyPrices(own, { ...tokens, input, output });
    return priceByCatalogue(provider, model, tokens);
  };
}

/** What pricing needs of a provider's configuration. */
interface PricedProvider {
  type: 'openai' | 'openai-compatible' | 'anthropic' | 'google' | 'scripted';
  baseUrl?: string | undefined;
  prices?: Readonly<Record<string, ModelPrices>> | undefined;
}

type CountedTokens = TokenUsage & { input: number; output: number };

function multiplyPrices(prices: ModelPrices, tokens: CountedTokens): number {
  const { input, output, cached = 0, cacheWrite = 0 } = tokens;
  const plain = Math.max(0, input - cached - cacheWrite);
  const dollars =
    plain * prices.input +
    cached * (prices.cached ?? prices.input) +
    cacheWrite * (prices.cacheWrite ?? prices.input) +
    output * prices.output;
  // A million tokens for a dollar is a thousand billionths for each token.
  return Math.round(dollars * 1000);
}

async function priceByCatalogue(
  { type, baseUrl }: PricedProvider,
  model: string,
  { input, output, cached, cacheWrite }: TokenUsage,
): Promise<number | null> {
  try {
    const { calcPrice } = await import('@pydantic/genai-prices');
    const where =
      type === 'openai-compatible' ? { providerApiUrl: baseUrl ?? '' } : { providerId: CATALOGUE_ID[type] };
    const counts = {
      ...{ input_tokens: input, output_tokens: output },
      ...(cached === undefined ? {} : { cache_read_tokens: cached }),
      ...(cacheWrite === undefined ? {} : { cache_write_tokens: cacheWrite }),
    };
    const price = calcPrice(counts, model, where);
    return price ? Math.round(price.total_price * 1e9) : null;
  } catch {
    // The catalogue throws for counts that contradict each other.
    return null;
  }
}

const CATALOGUE_ID = { anthropic: 'anthropic', google: 'google', openai: 'openai', scripted: 'scripted' };
