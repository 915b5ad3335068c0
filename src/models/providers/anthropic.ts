import { openFetch } from './fetch.ts';
import { type OpensProvider, settingsOf } from './provider.ts';
import { plainReader } from './read-answer.ts';

export const openAnthropic: OpensProvider = async (name, config) => {
  const settings = settingsOf(name, config, 'https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY');
  const { createAnthropic } = await import('@ai-sdk/anthropic');
  const anthropic = createAnthropic({ ...settings, fetch: await openFetch(plainReader) });
  // Pings keep the idle timer from stopping a model that reasons without sending text.
  return { model: (id) => anthropic.messages(id), options: { anthropic: { includePings: true } } };
};
