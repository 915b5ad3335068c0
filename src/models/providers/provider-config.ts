import type { Script } from './script.ts';

/** One entry of `providers` in the configuration. */
export interface ProviderConfig {
  type: 'openai' | 'openai-compatible' | 'anthropic' | 'google' | 'scripted';
  /** Where the API is, version included (`https://api.openai.com/v1`); required for `openai-compatible`. */
  baseUrl?: string | undefined;
  apiKey?: string | undefined;
  /** `openai` only; default `responses`. */
  api?: 'responses' | 'chat' | undefined;
  /** Sent with every request. */
  headers?: Record<string, string> | undefined;
  /** How many calls may run at once. */
  concurrency: number;
  /** `scripted` only: scripts by name, beside the built-in `echo`. */
  scripts?: Record<string, Script> | undefined;
}
