import type { Script } from './script.ts';

/** One entry of `providers` in the configuration. */
export interface ProviderConfig {
  type: 'openai' | 'openai-compatible' | 'anthropic' | 'google' | 'scripted';
  /** The base URL of the API with its version (`https://api.openai.com/v1`); required for `openai-compatible`. */
  baseUrl?: string | undefined;
  apiKey?: string | undefined;
  /** `openai` only; default `responses`. */
  api?: 'responses' | 'chat' | undefined;
  /** Sent with every request. */
  headers?: Record<string, string> | undefined;
  /** The maximum number of calls that run at the same time. */
  concurrency: number;
  /** `scripted` only: scripts by name, beside the built-in `echo`. */
  scripts?: Record<string, Script> | undefined;
}
