import { openFetch } from './fetch.ts';
import { type OpensProvider, settingsOf } from './provider.ts';
import { plainReader } from './read-answer.ts';

export const openGoogle: OpensProvider = async (name, config) => {
  const base = 'https://generativelanguage.googleapis.com/v1beta';
  const settings = settingsOf(name, config, base, 'GOOGLE_GENERATIVE_AI_API_KEY');
  const { createGoogle } = await import('@ai-sdk/google');
  const google = createGoogle({ ...settings, fetch: await openFetch(plainReader) });
  return { model: (id) => google.chat(id) };
};
