import { expect, it } from 'vitest';
import { z } from 'zod';
import { resolveHome } from '../util/home.ts';
import { TOOL_MODULES } from './builtin.ts';
import type { ConfigPort } from './config-tool/port.ts';
import { defineTool } from './port/define.ts';
import type { ToolModule } from './port/module.ts';
import { createToolRegistry, createTools, loadToolModules, type ToolServices } from './registry.ts';
import { createSkillCatalog } from './skills/shelf.ts';

const NO_SANDBOX = { sandbox: 'none', network: false } as const;

const CONFIG = {
  shell: { enabled: true, timeout: 1_000, outputLimit: 1_000, env: {}, cwd: '/nowhere', ...NO_SANDBOX },
  files: { enabled: true, roots: ['/nowhere'], readLimit: 1_000 },
  http: { enabled: true, allow: [], timeout: 1_000, maxBytes: 1_000 },
  config: { enabled: true },
};

const modules = await loadToolModules(TOOL_MODULES);

const CONFIG_PORT: ConfigPort = {
  showConfig: async () => ({ source: '{}', revision: 1, allowed: [], unlisted: 'deny' }),
  planChange: async () => ({ apply: 'none', changes: [], refused: [], asks: [] }),
  applyPatch: async () => ({ done: false, refused: [], asks: [] }),
};

const never = async () => {
  throw new Error('no tool is run here');
};

const SERVICES: ToolServices = {
  jobsDir: '/nowhere',
  home: resolveHome('/nowhere'),
  readBlob: async () => undefined,
  findOutput: async () => undefined,
  shelf: createSkillCatalog(() => {}),
  skillsOf: async () => undefined,
  agents: ['main'],
  config: CONFIG_PORT,
  roots: [],
  reminders: { now: () => 0, add: never, list: never, cancel: never },
};

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

const context = { session: 's', call: '1.1', key: 'k', attempt: 1, signal: new AbortController().signal };

it('[F1] gives every tool a fixed name and a declared effect', () => {
  const tools = createTools(modules, CONFIG, SERVICES);
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
    ['remind', 'idempotent', false],
    ['list_reminders', 'read', false],
    ['cancel_reminder', 'idempotent', false],
  ]);
});

it('[F1] derives the effect of a request from its method', () => {
  const fetch = createTools(modules, CONFIG, SERVICES).get('http_fetch');
  const effects = ['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PATCH'].map((method) =>
    fetch?.effect({ url: 'https://example.com', method }),
  );
  expect(effects).toEqual(['read', 'read', 'idempotent', 'idempotent', 'write', 'write']);
});

it('creates exactly the tools that each module declares', () => {
  for (const module of TOOL_MODULES) {
    const own = modules.filter(({ name }) => name === module.name);
    const names = createTools(own, CONFIG, SERVICES)
      .list()
      .map(({ name }) => name);
    expect(names).toEqual(Object.keys(module.tools));
  }
});

it('one line in the list gives a generation the tool, unless the configuration switches it off', async () => {
  const printer = {
    name: 'printer',
    tools: { double: { byDefault: 'ask' } },
    load: async () => ({ create: () => [double] }),
  } as const satisfies ToolModule;
  const more = await loadToolModules([...TOOL_MODULES, printer]);
  const list = (enabled: boolean) => createTools(more, { ...CONFIG, printer: { enabled } }, SERVICES).list();
  expect(list(true)).toContain(double);
  expect(list(false)).not.toContain(double);
});

it('leaves out tools that are switched off', () => {
  const off = { ...CONFIG, shell: { ...CONFIG.shell, enabled: false } };
  expect(createTools(modules, off, SERVICES).get('shell')).toBeUndefined();
});

it('describes the arguments of the shell to the model', () => {
  const schema = createTools(modules, CONFIG, SERVICES).get('shell')?.inputSchema;
  expect(schema).toMatchObject({
    type: 'object',
    properties: { command: { type: 'string' }, cwd: { type: 'string' }, timeout: { anyOf: [{}, {}] } },
    required: ['command'],
    additionalProperties: false,
  });
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
