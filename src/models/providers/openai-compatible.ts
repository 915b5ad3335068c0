import { type OpensProvider, requiredBaseUrl } from './provider.ts';

/** Ollama, vLLM, LM Studio, llama.cpp, OpenRouter and whatever else speaks OpenAI's chat API. */
export const openOpenAICompatible: OpensProvider = async (name, config) => {
  const baseURL = requiredBaseUrl(name, config);
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const provider = createOpenAICompatible({
    name,
    baseURL,
    includeUsage: true,
    ...(config.apiKey ? { apiKey: config.apiKey } : {}),
    ...(config.headers ? { headers: config.headers } : {}),
  });
  return { model: (id) => provider.chatModel(id) };
};
