import { z } from 'zod';
import { TOOL_MODULES } from '../../tools/builtin.ts';
import type { ConfigurableToolModule, ToolModule } from '../../tools/port/module.ts';
import type { Home } from '../../util/home.ts';
import { defineGroup } from '../fields/fields.ts';
import { mcpSection } from './mcp.ts';

type Configurable<M extends ToolModule> = Extract<M, ConfigurableToolModule>;

/** The schemas of the modules that have settings, by the name of the module. */
type Sections<M extends ToolModule> = { [Each in Configurable<M> as Each['name']]: Each['section'] };

/** The settings of the modules that have any, as the tools get them, by the name of the module. */
type ResolvedSections<M extends ToolModule> = {
  [Each in Configurable<M> as Each['name']]: ReturnType<Each['resolve']>;
};

/** Returns the sections below `tools` that the modules declare. */
export function listToolSections<M extends ToolModule>(modules: readonly M[]): Sections<M>;
export function listToolSections(modules: readonly ToolModule[]): Record<string, z.ZodType> {
  return Object.fromEntries(modules.filter(isConfigurable).map(({ name, section }) => [name, section]));
}

/** Fills in the values of the sections that depend on the home, each by its own module. */
export function resolveToolSections<M extends ToolModule>(
  modules: readonly M[],
  parsed: Readonly<Record<string, object>>,
  home: Home,
): ResolvedSections<M>;
export function resolveToolSections(
  modules: readonly ToolModule[],
  parsed: Readonly<Record<string, object>>,
  home: Home,
): Record<string, object> {
  return Object.fromEntries(
    modules
      .filter(isConfigurable)
      .map((module) => [module.name, module.resolve(parsed[module.name] ?? {}, home)]),
  );
}

function isConfigurable(module: ToolModule): module is ConfigurableToolModule {
  return 'section' in module;
}

export const toolsSection = defineGroup(
  z.strictObject({ ...listToolSections(TOOL_MODULES), mcp: mcpSection }).prefault({}),
  'What tools there are and how they work. Which agent may use them is said at the agent.',
);

/** The resolved settings of the built-in tools. */
export type BuiltInToolConfigs = ResolvedSections<(typeof TOOL_MODULES)[number]>;
