import { chatReader } from './chat-stream.ts';
import { createProviderFetch } from './fetch.ts';
import { type ProviderOpener, toProviderSettings } from './provider.ts';
import { plainReader } from './read-answer.ts';

export const openOpenAI: ProviderOpener = async (name, config) => {
  const settings = toProviderSettings(name, config, 'https://api.openai.com/v1', 'OPENAI_API_KEY');
  const { createOpenAI } = await import('@ai-sdk/openai');
  const openai = createOpenAI({
    ...settings,
    fetch: await createProviderFetch(config.api === 'chat' ? chatReader : plainReader),
  });
  if (config.api === 'chat') return { model: (id) => openai.chat(id) };
  // The journal keeps the history. Items stored at OpenAI expire, and a session that refers to them would fail.
  return { model: (id) => openai.responses(id), options: { openai: { store: false } } };
};
