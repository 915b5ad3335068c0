import { expect, it } from 'vitest';
import { z } from 'zod';
import { describeKnownTools } from '../../permissions/known-tools.ts';
import { TOOL_MODULES } from '../../tools/builtin.ts';
import type { ConfigurableToolModule } from '../../tools/port/module.ts';
import { resolveHome } from '../../util/home.ts';
import { defineGroup, defineKey, pathField } from '../fields/fields.ts';
import { listKeys } from '../fields/keys.ts';
import { resolveInHome } from '../fields/paths.ts';
import { listToolSections, resolveToolSections } from './tools.ts';

const section = defineGroup(
  z
    .strictObject({
      enabled: defineKey(z.boolean().prefault(true), 'live', 'Whether agents have the printer.'),
      spool: defineKey(pathField.prefault('spool'), 'live', 'Where pages wait.'),
    })
    .prefault({}),
  'The printer.',
);

/** A module of one folder, as a new tool would declare it. */
const printer = {
  name: 'printer',
  section,
  resolve: (parsed: z.output<typeof section>, home) => ({
    ...parsed,
    spool: resolveInHome(home, parsed.spool),
  }),
  tools: { print: { byDefault: 'ask', pattern: { argument: 'page', kind: 'file' } } },
  load: async () => ({ create: () => [] }),
} as const satisfies ConfigurableToolModule;

const MODULES = [...TOOL_MODULES, printer] as const;

it('one line in the list gives a tool its keys in the configuration', () => {
  const schema = z.strictObject(listToolSections(MODULES));
  const own = listKeys(schema).filter(({ path }) => path[0] === 'printer');
  expect(own.map(({ path, meta }) => [path.join('.'), meta.apply])).toEqual([
    ['printer', undefined],
    ['printer.enabled', 'live'],
    ['printer.spool', 'live'],
  ]);
  const parsed = schema.parse({ printer: { spool: 'pages' }, shell: {}, files: {}, http: {}, config: {} });
  const resolved = resolveToolSections(MODULES, parsed, resolveHome('/srv/midturn'));
  expect(resolved.printer).toEqual({ enabled: true, spool: '/srv/midturn/pages' });
  expect(resolved.shell.cwd).toBe('/srv/midturn/work');
});

it('one line in the list gives a tool its name and its pattern in permission rules', () => {
  const known = describeKnownTools(MODULES);
  expect(known.names).toContain('print');
  expect(known.access.get('print')).toBe('ask');
  const kind = known.patterns.get('print');
  expect(kind).toMatchObject({ kind: 'file', argument: 'page' });
  const rule = kind?.parsePattern('drafts/*', { files: '/', commands: '/' });
  expect(typeof rule === 'object' && rule.matches({ page: '/drafts/a' })).toBe(true);
  expect(typeof rule === 'object' && rule.matches({ page: '/letters/a' })).toBe(false);
});
