import type { TOOL_MODULES } from './builtin.ts';
import type { ToolFactory, ToolModule, ToolSwitch } from './port/module.ts';
import type { Tool, ToolSet } from './port/tool.ts';

/** A module whose code is loaded. */
export interface LoadedModule extends ToolFactory {
  name: string;
}

/** Loads the code of the modules, in their order. Rejects with the error of the first one that cannot be loaded. */
export function loadToolModules(modules: readonly ToolModule[]): Promise<LoadedModule[]> {
  return Promise.all(modules.map(async (module) => ({ name: module.name, ...(await module.load()) })));
}

/** What the built-in tools need from the daemon: all that any of their modules asks for. */
export type ToolServices = NeedsOfAll<(typeof TOOL_MODULES)[number]>;

/** The services that one module asks for; `unknown` when it asks for none. */
type NeedsOf<M extends ToolModule> =
  Awaited<ReturnType<M['load']>> extends { create(config: never, services: infer Services): Tool[] }
    ? Services
    : never;

/** The intersection of what the modules of a union ask for, because parameters of functions intersect. */
type NeedsOfAll<M extends ToolModule> = (M extends ToolModule ? (needs: NeedsOf<M>) => void : never) extends (
  needs: infer All,
) => void
  ? All
  : never;

/** The resolved sections below `tools` in the configuration, by the name of their module. */
export type ToolConfigs = Readonly<Record<string, ToolSwitch>>;

/**
 * Creates the built-in tools that the configuration enables, together with the current tools of `more`, such as those
 * of MCP servers, which appear and disappear while the set is in use. Two built-in tools with one name are a
 * programming error and throw; a tool of `more` is hidden by a built-in tool of the same name.
 */
export function createTools(
  modules: readonly LoadedModule[],
  configs: ToolConfigs,
  services: ToolServices,
  more?: ToolSet,
): ToolSet {
  const own = createToolRegistry(
    modules.flatMap(({ name, create }) => {
      const config = configs[name] ?? ALWAYS_ON;
      return config.enabled ? create(config, services) : [];
    }),
  );
  if (!more) return own;
  return { get: (name) => own.get(name) ?? more.get(name), list: () => [...own.list(), ...more.list()] };
}

/** The configuration of a module without settings. */
const ALWAYS_ON: ToolSwitch = { enabled: true };

export function createToolRegistry(tools: readonly Tool[]): ToolSet {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  if (byName.size !== tools.length) throw new Error('Two tools have the same name.');
  return { get: (name) => byName.get(name), list: () => [...byName.values()] };
}
