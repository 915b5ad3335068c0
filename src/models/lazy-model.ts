import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { Model } from './port/model.ts';
import type { OpenProvider } from './providers/provider.ts';

/**
 * Creates a model that loads its provider package with the first call, so that finding a model is cheap and
 * synchronous.
 */
export function createLazyModel(
  provider: string,
  modelId: string,
  open: () => Promise<OpenProvider>,
  own: Pick<Model, 'redact' | 'rules' | 'files'>,
): Model {
  const load = async (call: LanguageModelV4CallOptions) => {
    const { model, options } = await open();
    return { model: model(modelId), call: options ? { providerOptions: options, ...call } : call };
  };
  return {
    specificationVersion: 'v4',
    provider,
    modelId,
    supportedUrls: {},
    async doGenerate(options) {
      const { model, call } = await load(options);
      return model.doGenerate(call);
    },
    async doStream(options) {
      const { model, call } = await load(options);
      return model.doStream(call);
    },
    ...own,
  };
}
