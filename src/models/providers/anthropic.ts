import { createProviderFetch } from './fetch.ts';
import { type ProviderOpener, toProviderSettings } from './provider.ts';
import { plainReader } from './read-answer.ts';

export const openAnthropic: ProviderOpener = async (name, config) => {
  const settings = toProviderSettings(name, config, 'https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY');
  const { createAnthropic } = await import('@ai-sdk/anthropic');
  const anthropic = createAnthropic({ ...settings, fetch: await createProviderFetch(plainReader) });
  // Pings keep the idle timer from stopping a model that reasons without sending text.
  return { model: (id) => anthropic.messages(id), options: { anthropic: { includePings: true } } };
};
