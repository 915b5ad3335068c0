import { expect, it } from 'vitest';
import { z } from 'zod';
import { resolveHome } from '../util/home.ts';
import type { ConfigPort } from './config-tool/port.ts';
import type { ToolsConfig } from './port/config.ts';
import { defineTool } from './port/define.ts';
import { createToolRegistry, createTools } from './registry.ts';
import { createSkillCatalog } from './skills/shelf.ts';

const NO_SANDBOX = { sandbox: 'none', network: false } as const;

const CONFIG: ToolsConfig = {
  shell: { enabled: true, timeout: 1_000, outputLimit: 1_000, env: {}, cwd: '/nowhere', ...NO_SANDBOX },
  files: { enabled: true, roots: ['/nowhere'], readLimit: 1_000 },
  http: { enabled: true, allow: [], timeout: 1_000, maxBytes: 1_000 },
  config: { enabled: true },
};

const CONFIG_PORT: ConfigPort = {
  showConfig: async () => ({ source: '{}', revision: 1, allowed: [], unlisted: 'deny' }),
  planChange: async () => ({ apply: 'none', changes: [], refused: [], asks: [] }),
  applyPatch: async () => ({ done: false, refused: [], asks: [] }),
};

const DEPS = {
  jobsDir: '/nowhere',
  home: resolveHome('/nowhere'),
  readBlob: async () => undefined,
  findOutput: async () => undefined,
  shelf: createSkillCatalog(() => {}),
  skillsOf: async () => undefined,
  agents: ['main'],
  config: CONFIG_PORT,
};

const context = { session: 's', call: '1.1', key: 'k', attempt: 1, signal: new AbortController().signal };

it('[F1] gives every tool a fixed name and a declared effect', () => {
  const tools = createTools(CONFIG, DEPS);
  const effects = tools
    .list()
    .map((tool) => [tool.name, tool.effect(sample(tool.name)), tool.resumable ?? false]);
  expect(effects).toEqual([
    ['read_output', 'read', false],
    ['delegate', 'write', false],
    ['read_skill', 'read', false],
    ['shell', 'write', true],
    ['read_file', 'read', false],
    ['write_file', 'idempotent', false],
    ['edit_file', 'write', false],
    ['list_files', 'read', false],
    ['search_files', 'read', false],
    ['http_fetch', 'write', false],
    ['config', 'idempotent', false],
  ]);
});

it('[F1] derives the effect of a request from its method', () => {
  const fetch = createTools(CONFIG, DEPS).get('http_fetch');
  const effects = ['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PATCH'].map((method) =>
    fetch?.effect({ url: 'https://example.com', method }),
  );
  expect(effects).toEqual(['read', 'read', 'idempotent', 'idempotent', 'write', 'write']);
});

it('leaves out tools that are switched off', () => {
  const off = { ...CONFIG, shell: { ...CONFIG.shell, enabled: false } };
  expect(createTools(off, DEPS).get('shell')).toBeUndefined();
});

it('describes the arguments of the shell to the model', () => {
  const schema = createTools(CONFIG, DEPS).get('shell')?.inputSchema;
  expect(schema).toMatchObject({
    type: 'object',
    properties: { command: { type: 'string' }, cwd: { type: 'string' }, timeout: { anyOf: [{}, {}] } },
    required: ['command'],
    additionalProperties: false,
  });
});

const double = defineTool({
  name: 'double',
  description: '',
  arguments: z.strictObject({ number: z.number() }),
  effect: 'write',
  timeout: ({ number }) => number,
  run: async ({ number }) => {
    if (number < 0) throw new Error('negative');
    return { type: 'json', value: number * 2 };
  },
});

it('checks arguments before a tool runs, and names the invalid field and the reason', async () => {
  expect(await double.run({ number: 2 }, context)).toEqual({ type: 'json', value: 4 });
  expect(await double.run({ number: 'two', more: 1 }, context)).toEqual({
    type: 'error-text',
    value:
      'The arguments of double are invalid, so nothing was done. "number": Invalid input: expected number, received string; Unrecognized key: "more".',
  });
  expect([double.timeout?.({ number: 7 }), double.timeout?.({})]).toEqual([7, undefined]);
});

it('returns a failure as an output, and does not start an aborted call', async () => {
  expect(await double.run({ number: -1 }, context)).toEqual({ type: 'error-text', value: 'negative' });
  const signal = AbortSignal.abort('cancelled');
  expect(await double.run({ number: 1 }, { ...context, signal })).toMatchObject({
    value: 'Not run: cancelled.',
  });
});

it('refuses two tools with the same name', () => {
  expect(() => createToolRegistry([double, double])).toThrow('same name');
});

function sample(name: string) {
  if (name === 'config') return { action: 'set', patch: {} };
  return name === 'http_fetch' ? { url: 'https://example.com', method: 'POST' } : {};
}
