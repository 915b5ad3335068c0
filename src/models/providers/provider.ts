import type { LanguageModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider';
import { MissingApiKeyError, ProviderConfigError } from '../../errors/models.ts';
import type { ProviderConfig } from './provider-config.ts';

/** A provider whose package is loaded and configured. */
export interface OpenProvider {
  model(id: string): LanguageModelV4;
  /** Provider options that are sent with every call. */
  options?: SharedV4ProviderOptions;
}

/**
 * Loads the package of one provider type. It is called on first use, because the packages load slowly and most of
 * them are never needed. Rejects with a MidturnError when the configuration is unusable.
 */
export type ProviderOpener = (name: string, config: ProviderConfig) => Promise<OpenProvider>;

/**
 * Returns the settings for a provider package. All settings are explicit, because a package reads missing ones from
 * environment variables, which are not part of the configuration and whose keys would not be masked. Throws
 * MissingApiKeyError.
 */
export function toProviderSettings(
  name: string,
  config: ProviderConfig,
  baseUrl: string,
  keyVariable: string,
) {
  // A custom gateway or an authentication header may not need an API key.
  if (!config.apiKey && !config.baseUrl && !config.headers) throw new MissingApiKeyError(name, keyVariable);
  return { baseURL: config.baseUrl ?? baseUrl, apiKey: config.apiKey ?? '', headers: config.headers ?? {} };
}

export function requireBaseUrl(name: string, { baseUrl }: ProviderConfig): string {
  if (!baseUrl) throw new ProviderConfigError(name, 'baseUrl', 'is missing; it says where the server is');
  return baseUrl;
}
