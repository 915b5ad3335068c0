import { expect, it } from 'vitest';
import type { McpServerConfig } from '../wire/config.ts';
import { findUnknownTools, selectTools, toListedTool } from './offer.ts';

const CONFIG: McpServerConfig = {
  type: 'http',
  url: 'https://example.com/mcp',
  headers: {},
  enabled: true,
  effects: {},
};

const plain = { name: 'a', inputSchema: { type: 'object' } };
const kept = (tools: Parameters<typeof toListedTool>[0][]) =>
  tools.map(toListedTool).filter((tool) => typeof tool !== 'string');

it('[F1] annotations decide the effect of a tool unless the operator overrides it', () => {
  const tools = kept([
    { ...plain, name: 'silent' },
    { ...plain, name: 'reads', annotations: { readOnlyHint: true, idempotentHint: false } },
    { ...plain, name: 'again', annotations: { readOnlyHint: false, idempotentHint: true } },
    { ...plain, name: 'constructor' },
  ]);
  const effects = (config: McpServerConfig) => selectTools('s', tools, config).map(({ effect }) => effect);
  expect(effects(CONFIG)).toEqual(['write', 'read', 'idempotent', 'write']);
  expect(effects({ ...CONFIG, effects: { silent: 'read', reads: 'write' } })).toEqual([
    'read',
    'write',
    'idempotent',
    'write',
  ]);
});

it('offers only the tools that the operator lists, each name once', () => {
  const tools = kept([plain, { ...plain, name: 'b' }, { ...plain, description: 'again' }]);
  const names = (config: McpServerConfig) => selectTools('s', tools, config).map(({ exposed }) => exposed);
  expect(names(CONFIG)).toEqual(['mcp__s__a', 'mcp__s__b']);
  expect(names({ ...CONFIG, tools: ['b', 'unknown'] })).toEqual(['mcp__s__b']);
});

it('cuts or rejects what would bloat every prompt', () => {
  let deep: object = { type: 'object' };
  for (let level = 0; level < 100; level += 1) deep = { properties: { a: deep } };
  expect(toListedTool({ ...plain, inputSchema: deep })).toBe('its input schema is more than 32 levels deep');
  expect(toListedTool({ ...plain, inputSchema: { type: 'object', description: 'x'.repeat(70_000) } })).toBe(
    'its input schema has more than 65536 characters',
  );
  expect(toListedTool({ ...plain, execution: { taskSupport: 'required' } })).toBe(
    'it can only be called as a task',
  );
  expect(kept([{ ...plain, description: 'x'.repeat(70_000) }])[0]?.description).toHaveLength(8_192);
  expect(kept([{ ...plain, title: 'Title' }])[0]?.description).toBe('Title');
});

it('returns schemas that every provider accepts', () => {
  const inputSchema = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' };
  expect(kept([{ ...plain, inputSchema }])[0]?.inputSchema).toEqual({ type: 'object', properties: {} });
});

it('finds configured names of tools that do not exist', () => {
  const config: McpServerConfig = { ...CONFIG, effects: { a: 'read', bb: 'write' }, tools: ['a', 'bb', 'c'] };
  expect(findUnknownTools(kept([plain]), config)).toEqual(['bb', 'c']);
});
