import type { ModelPrices } from '../prices/prices.ts';
import type { Script } from './script.ts';

/** A kind of content besides text that a model may take. */
export type Modality = 'image' | 'pdf' | 'audio' | 'video';

/** One entry of `providers` in the configuration. */
export interface ProviderConfig {
  type: 'openai' | 'openai-compatible' | 'anthropic' | 'google' | 'scripted';
  /** The base URL of the API with its version (`https://api.openai.com/v1`); required for `openai-compatible`. */
  baseUrl?: string | undefined;
  apiKey?: string | undefined;
  /** `openai` only; default `responses`. */
  api?: 'responses' | 'chat' | undefined;
  /** What the models take besides text; the default depends on `type`. */
  modalities?: readonly Modality[] | undefined;
  /** Sent with every request. */
  headers?: Record<string, string> | undefined;
  /** Prices by model, which take precedence over the catalogue. */
  prices?: Record<string, ModelPrices> | undefined;
  /** The maximum number of calls that run at the same time. */
  concurrency: number;
  /** `scripted` only: scripts by name, beside the built-in `echo`. */
  scripts?: Record<string, Script> | undefined;
}
