import { expect, it } from 'vitest';
import type { McpServerConfig } from './config.ts';
import { listed, misspelt, offersOf } from './offer.ts';

const CONFIG: McpServerConfig = {
  type: 'http',
  url: 'https://example.com/mcp',
  headers: {},
  enabled: true,
  effects: {},
};

const plain = { name: 'a', inputSchema: { type: 'object' } };
const kept = (tools: Parameters<typeof listed>[0][]) =>
  tools.map(listed).filter((tool) => tool !== undefined);

it('[F1] what a tool says of itself is its effect, unless the operator says otherwise', () => {
  const tools = kept([
    { ...plain, name: 'silent' },
    { ...plain, name: 'reads', annotations: { readOnlyHint: true, idempotentHint: false } },
    { ...plain, name: 'again', annotations: { readOnlyHint: false, idempotentHint: true } },
    { ...plain, name: 'constructor' },
  ]);
  const effects = (config: McpServerConfig) => offersOf('s', tools, config).map(({ effect }) => effect);
  expect(effects(CONFIG)).toEqual(['write', 'read', 'idempotent', 'write']);
  expect(effects({ ...CONFIG, effects: { silent: 'read', reads: 'write' } })).toEqual([
    'read',
    'write',
    'idempotent',
    'write',
  ]);
});

it('only the tools that the operator lists are offered, each name once', () => {
  const tools = kept([plain, { ...plain, name: 'b' }, { ...plain, description: 'again' }]);
  const names = (config: McpServerConfig) => offersOf('s', tools, config).map(({ exposed }) => exposed);
  expect(names(CONFIG)).toEqual(['mcp__s__a', 'mcp__s__b']);
  expect(names({ ...CONFIG, tools: ['b', 'unknown'] })).toEqual(['mcp__s__b']);
});

it('what would burden every prompt is cut or left out', () => {
  let deep: object = { type: 'object' };
  for (let level = 0; level < 100; level += 1) deep = { properties: { a: deep } };
  expect(listed({ ...plain, inputSchema: deep })).toBeUndefined();
  expect(
    listed({ ...plain, inputSchema: { type: 'object', description: 'x'.repeat(70_000) } }),
  ).toBeUndefined();
  expect(listed({ ...plain, execution: { taskSupport: 'required' } })).toBeUndefined();
  expect(listed({ ...plain, description: 'x'.repeat(70_000) })?.description).toHaveLength(8_192);
  expect(listed({ ...plain, title: 'Title' })?.description).toBe('Title');
});

it('schemas are such that every provider takes them', () => {
  const inputSchema = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' };
  expect(listed({ ...plain, inputSchema })?.inputSchema).toEqual({ type: 'object', properties: {} });
});

it('finds names in the configuration that lead nowhere', () => {
  const config: McpServerConfig = { ...CONFIG, effects: { a: 'read', bb: 'write' }, tools: ['a', 'bb', 'c'] };
  expect(misspelt(kept([plain]), config)).toEqual(['bb', 'c']);
});
