import type { LanguageModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider';
import { MissingApiKeyError, ProviderConfigError } from '../../errors/models.ts';
import type { ProviderConfig } from './provider-config.ts';

/** A provider package, loaded and set up. */
export interface OpenProvider {
  model(id: string): LanguageModelV4;
  /** Sent with every call. */
  options?: SharedV4ProviderOptions;
}

/**
 * Loads the package of one provider type; called on the first use, because the packages are slow to load and most
 * of them never needed. Rejects with a MidturnError when the configuration cannot work.
 */
export type OpensProvider = (name: string, config: ProviderConfig) => Promise<OpenProvider>;

/**
 * What the packages want to know. Everything is given explicitly, as they would look for the rest in environment
 * variables, which are none of the configuration and whose keys we could not redact.
 */
export function settingsOf(name: string, config: ProviderConfig, baseUrl: string, keyVariable: string) {
  // A gateway of one's own, or a header, may do without.
  if (!config.apiKey && !config.baseUrl && !config.headers) throw new MissingApiKeyError(name, keyVariable);
  return { baseURL: config.baseUrl ?? baseUrl, apiKey: config.apiKey ?? '', headers: config.headers ?? {} };
}

export function requiredBaseUrl(name: string, { baseUrl }: ProviderConfig): string {
  if (!baseUrl) throw new ProviderConfigError(name, 'baseUrl', 'is missing; it says where the server is');
  return baseUrl;
}
