import { openFetch } from './fetch.ts';
import { googleReader } from './google-digits.ts';
import { type OpensProvider, settingsOf } from './provider.ts';

export const openGoogle: OpensProvider = async (name, config) => {
  const base = 'https://generativelanguage.googleapis.com/v1beta';
  const settings = settingsOf(name, config, base, 'GOOGLE_GENERATIVE_AI_API_KEY');
  const { createGoogle } = await import('@ai-sdk/google');
  const google = createGoogle({ ...settings, fetch: await openFetch(googleReader) });
  return { model: (id) => google.chat(id) };
};
