import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { UnknownModelError } from '../errors/models.ts';
import { callModel } from './call.ts';
import type { ProviderConfig } from './providers/provider-config.ts';
import { createModels } from './registry.ts';

const providers: Record<string, ProviderConfig> = {
  work: { type: 'anthropic', apiKey: 'key-123456', concurrency: 4 },
  local: { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1', concurrency: 1 },
  scripted: { type: 'scripted', concurrency: 100 },
};

function call(config: ProviderConfig) {
  const model = createModels({ p: config }).get('p/m');
  return callModel({
    model,
    instructions: '',
    history: [],
    tools: [],
    signal: new AbortController().signal,
    onPart() {},
  });
}

describe('createModels', () => {
  const models = createModels(providers);

  it('finds a model by provider and name, which may contain slashes', () => {
    expect(models.get('local/meta/llama-3')).toMatchObject({ provider: 'local', modelId: 'meta/llama-3' });
    expect(models.get('scripted/echo')).toMatchObject({ provider: 'scripted', modelId: 'echo' });
    expect(models.concurrency('work/x')).toBe(4);
  });

  it.each([
    ['wrk/claude', 'Did you mean "work/claude"?'],
    ['local', 'Did you mean "local/…"?'],
    ['openai/gpt', 'Known: work, local, scripted.'],
    ['constructor/x', 'Known: work, local, scripted.'],
  ])('does not find %s, and says what there is', (name, words) => {
    expect(() => models.get(name)).toThrow(UnknownModelError);
    expect(() => models.get(name)).toThrow(words);
    expect(() => models.concurrency(name)).toThrow(words);
  });

  it('loads no provider package before it is needed', () => {
    const script = `
      import { registerHooks } from 'node:module';
      const packages = [];
      registerHooks({ resolve: (name, context, next) => {
        if (name.startsWith('@ai-sdk/')) packages.push(name);
        return next(name, context);
      } });
      const { createModels } = await import(${JSON.stringify(new URL('registry.ts', import.meta.url))});
      createModels(${JSON.stringify(providers)}).get('work/x');
      console.log(packages.join());`;
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString().trim()).toBe('');
  });

  it('[K4] does not expose credentials', () => {
    const model = models.get('work/x');
    expect(model.redact?.('key-123456!')).toBe('[redacted]!');
    expect(JSON.stringify(model)).not.toContain('key-123456');
  });

  it('[B5] rejects calls that the configuration cannot make', async () => {
    for (const type of ['openai', 'anthropic', 'google'] as const) {
      const result = await call({ type, concurrency: 1 });
      expect(result).toMatchObject({
        cause: 'rejected',
        reason: expect.stringContaining('Set providers.p.apiKey'),
      });
    }
    const result = await call({ type: 'openai-compatible', concurrency: 1 });
    expect(result).toMatchObject({
      cause: 'rejected',
      reason: expect.stringContaining('providers.p.baseUrl is missing'),
    });
  });
});

it('loads the code of every provider in advance; a provider that cannot be loaded is not an error then', async () => {
  const models = createModels({
    scripted: { type: 'scripted', concurrency: 1 },
    far: { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:9', concurrency: 1 },
  });
  await expect(models.loadProviders()).resolves.toBeUndefined();
});
