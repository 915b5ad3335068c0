import { chatReader } from './chat-stream.ts';
import { createProviderFetch } from './fetch.ts';
import { type ProviderOpener, requireBaseUrl } from './provider.ts';

/** Opens Ollama, vLLM, LM Studio, llama.cpp, OpenRouter and every other server that speaks OpenAI's chat API. */
export const openOpenAICompatible: ProviderOpener = async (name, config) => {
  const baseURL = requireBaseUrl(name, config);
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const provider = createOpenAICompatible({
    name,
    baseURL,
    includeUsage: true,
    fetch: await createProviderFetch(chatReader),
    ...(config.apiKey ? { apiKey: config.apiKey } : {}),
    ...(config.headers ? { headers: config.headers } : {}),
  });
  return { model: (id) => provider.chatModel(id) };
};
