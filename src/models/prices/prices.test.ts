import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createPriceCall, PRICE_CATALOGUE } from './prices.ts';

const price = createPriceCall({
  claude: { type: 'anthropic' },
  far: { type: 'openai-compatible', baseUrl: 'https://api.deepseek.com/v1' },
  own: {
    type: 'openai-compatible',
    baseUrl: 'http://127.0.0.1:8080/v1',
    prices: { model: { input: 3, output: 15, cached: 0.3 } },
  },
  scripted: { type: 'scripted' },
});

it('[N1] prices a call by the catalogue, with cached tokens at their own price', async () => {
  expect(await price('claude/claude-sonnet-4-5', { input: 1000, output: 100, cached: 500 })).toBe(3_150_000);
  expect(await price('far/deepseek-chat', { input: 1000, output: 100 })).toBeGreaterThan(0);
});

it('[N1] prices of the configuration come before the catalogue', async () => {
  expect(await price('own/model', { input: 1000, output: 100, cached: 500 })).toBe(3_150_000);
});

it.each([
  ['own/other', { input: 1, output: 1 }],
  ['claude/no-such-model', { input: 1, output: 1 }],
  ['gone/model', { input: 1, output: 1 }],
  ['claude/claude-sonnet-4-5', { output: 1 }],
  ['claude/claude-sonnet-4-5', { input: 1, output: 1, cached: 5 }],
])('[N1] a price that is unknown is null, not zero: %s %j', async (model, tokens) => {
  expect(await price(model, tokens)).toBeNull();
});

it('a scripted model costs nothing', async () => {
  expect(await price('scripted/echo', { output: 3 })).toBe(0);
});

it('the date belongs to the installed version of the catalogue', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  expect(packages[`node_modules/${PRICE_CATALOGUE.name}`].version).toBe(PRICE_CATALOGUE.version);
});
