import { UnknownModelError } from '../errors/models.ts';
import { findNearest } from '../util/nearest.ts';
import { createRedactor } from './failure/redact.ts';
import { createLazyModel } from './lazy-model.ts';
import type { Model, Models } from './port/model.ts';
import { selectPromptRules } from './prompt/rules.ts';
import { openAnthropic } from './providers/anthropic.ts';
import { openGoogle } from './providers/google.ts';
import { openOpenAI } from './providers/openai.ts';
import { openOpenAICompatible } from './providers/openai-compatible.ts';
import type { OpenProvider, ProviderOpener } from './providers/provider.ts';
import type { Modality, ProviderConfig } from './providers/provider-config.ts';
import { createScriptedModel } from './scripted/scripted.ts';

/** Opens a provider, by provider type; the scripted provider needs no package and is not listed. */
const PROVIDER_OPENERS: Record<Exclude<ProviderConfig['type'], 'scripted'>, ProviderOpener> = {
  anthropic: openAnthropic,
  google: openGoogle,
  openai: openOpenAI,
  'openai-compatible': openOpenAICompatible,
};

/**
 * Creates the models of one configuration. A changed configuration needs a new registry; the old one holds no
 * resources. `secrets` and the provider's own credentials are masked in error messages of providers.
 */
export function createModels(
  providers: Record<string, ProviderConfig>,
  secrets: readonly string[] = [],
): ProviderModels {
  const entries = new Map(
    Object.entries(providers).map(([name, config]) => [name, createEntry(name, config, secrets)]),
  );
  const find = (name: string) => {
    const slash = name.indexOf('/');
    const entry = slash < 0 ? undefined : entries.get(name.slice(0, slash));
    if (entry) return { entry, model: name.slice(slash + 1) };
    throw unknownModelError(name, [...entries.keys()]);
  };
  return {
    get(name) {
      const { entry, model } = find(name);
      return entry.get(model);
    },
    concurrency: (name) => find(name).entry.concurrency,
    loadProviders: async () =>
      void (await Promise.allSettled([...entries.values()].map(({ open }) => open?.()))),
  };
}

export interface ProviderModels extends Models {
  /**
   * Loads the code of every provider now instead of with the first call, because another release may replace the
   * files of a running process. Never rejects; a provider that cannot be loaded fails when it is called.
   */
  loadProviders(): Promise<void>;
}

interface ProviderEntry {
  open?(): Promise<OpenProvider>;
  get(model: string): Model;
  concurrency: number;
}

function createEntry(name: string, config: ProviderConfig, secrets: readonly string[]): ProviderEntry {
  const { type, concurrency, scripts } = config;
  if (type === 'scripted') return { concurrency, get: (model) => createScriptedModel(name, model, scripts) };
  let opened: Promise<OpenProvider> | undefined;
  const open = () => {
    opened ??= PROVIDER_OPENERS[type](name, config).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const redact = createRedactor([...listProviderSecrets(config), ...secrets]);
  const refused = new Map<string, Map<string, string>>();
  return {
    concurrency,
    open,
    get(model) {
      const files = {
        modalities: new Set(selectModalities(config)),
        refused: refused.get(model) ?? new Map(),
      };
      refused.set(model, files.refused);
      return createLazyModel(name, model, open, { redact, rules: selectPromptRules(config, model), files });
    },
  };
}

/** Returns what the provider's models take besides text: as configured, or what its current models take. */
function selectModalities({ type, modalities }: ProviderConfig): readonly Modality[] {
  return modalities ?? DEFAULT_MODALITIES[type];
}

const DEFAULT_MODALITIES: Record<ProviderConfig['type'], readonly Modality[]> = {
  anthropic: ['image', 'pdf'],
  google: ['image', 'pdf', 'audio', 'video'],
  openai: ['image', 'pdf'],
  // Many of these servers run models without eyes; their refusal is told to the model in place of the image.
  'openai-compatible': ['image'],
  scripted: ['image', 'pdf', 'audio', 'video'],
};

/** Lists the credentials of a provider; any header may carry one, alone or after a scheme ("Bearer …"). */
function listProviderSecrets({ apiKey, headers }: ProviderConfig): string[] {
  const values = Object.values(headers ?? {}).flatMap((value) => [value, value.split(' ').at(-1) ?? '']);
  return [apiKey ?? '', ...values];
}

function unknownModelError(name: string, providers: string[]): UnknownModelError {
  const slash = name.indexOf('/');
  const provider = findNearest(slash < 0 ? name : name.slice(0, slash), providers);
  const meant = provider && `${provider}${slash < 0 ? '/…' : name.slice(slash)}`;
  return new UnknownModelError(name, 'provider', providers, meant);
}
