import { createProviderFetch } from './fetch.ts';
import { googleReader } from './google-digits.ts';
import { type ProviderOpener, toProviderSettings } from './provider.ts';

export const openGoogle: ProviderOpener = async (name, config) => {
  const base = 'https://generativelanguage.googleapis.com/v1beta';
  const settings = toProviderSettings(name, config, base, 'GOOGLE_GENERATIVE_AI_API_KEY');
  const { createGoogle } = await import('@ai-sdk/google');
  const google = createGoogle({ ...settings, fetch: await createProviderFetch(googleReader) });
  return { model: (id) => google.chat(id) };
};
