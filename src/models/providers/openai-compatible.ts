import { chatReader } from './chat-stream.ts';
import { openFetch } from './fetch.ts';
import { type OpensProvider, requiredBaseUrl } from './provider.ts';

/** Opens Ollama, vLLM, LM Studio, llama.cpp, OpenRouter and every other server that speaks OpenAI's chat API. */
export const openOpenAICompatible: OpensProvider = async (name, config) => {
  const baseURL = requiredBaseUrl(name, config);
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const provider = createOpenAICompatible({
    name,
    baseURL,
    includeUsage: true,
    fetch: await openFetch(chatReader),
    ...(config.apiKey ? { apiKey: config.apiKey } : {}),
    ...(config.headers ? { headers: config.headers } : {}),
  });
  return { model: (id) => provider.chatModel(id) };
};
