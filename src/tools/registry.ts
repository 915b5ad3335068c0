import type { BlobRef } from '../core/model/events.ts';
import type { Home } from '../util/home.ts';
import { createConfigTool } from './config-tool/config-tool.ts';
import type { ConfigPort } from './config-tool/port.ts';
import { createDelegateTool } from './delegate/delegate.ts';
import { createFileTools } from './files/files.ts';
import { createHttpFetchTool } from './http/http-fetch.ts';
import type { ToolsConfig } from './port/config.ts';
import { createReadOutputTool } from './port/read-output.ts';
import type { Tool, ToolSet } from './port/tool.ts';
import type { ReminderPort } from './reminders/book.ts';
import { createReminderTools } from './reminders/reminders.ts';
import { createShellTool } from './shell/shell.ts';
import { createReadSkillTool } from './skills/read-skill.ts';
import type { SkillCatalog } from './skills/shelf.ts';

/** Dependencies of the built-in tools: storage, folders, and ports to the rest of the daemon. */
export interface ToolDeps {
  /**
   * Folder of the shell's jobs; must be the same folder in every generation of a home, because jobs outlive
   * generations.
   */
  jobsDir: string;
  /** The daemon's own folder, which neither file tools nor sandboxed commands may touch. */
  home: Home;
  readBlob(id: string, offset: number, length: number): Promise<Uint8Array | undefined>;
  /**
   * Finds where the whole output of a call is stored; `undefined` when the output was short or there is no such
   * call.
   */
  findOutput(session: string, call: string): Promise<BlobRef | undefined>;
  shelf: SkillCatalog;
  /** Names of the agents to which an agent can delegate work. */
  agents: readonly string[];
  /** Returns the folder with the skills of a session's agent; `undefined` when the agent has none. */
  skillsOf(session: string): Promise<string | undefined>;
  config: ConfigPort;
  /** Tools that appear and disappear while the set is in use, such as the tools of MCP servers. */
  more?: ToolSet;
  /** Storage of reminders; without it, the reminder tools are left out. */
  reminders?: ReminderPort;
}

/**
 * Creates the built-in tools that the configuration enables, together with the current tools of `more`. Two
 * built-in tools with one name are a programming error and throw; a tool of `more` is hidden by a built-in tool
 * of the same name.
 */
export function createTools(config: ToolsConfig, deps: ToolDeps): ToolSet {
  const own = createBuiltInTools(config, deps);
  const { more } = deps;
  if (!more) return own;
  return { get: (name) => own.get(name) ?? more.get(name), list: () => [...own.list(), ...more.list()] };
}

function createBuiltInTools(config: ToolsConfig, deps: ToolDeps): ToolSet {
  return createToolRegistry([
    createReadOutputTool(deps),
    createDelegateTool(deps.agents),
    createReadSkillTool({ shelf: deps.shelf, folderOf: deps.skillsOf }),
    ...(config.shell.enabled ? [createShellTool(config.shell, { ...deps, roots: config.files.roots })] : []),
    ...(config.files.enabled ? createFileTools(config.files, deps.home) : []),
    ...(config.http.enabled ? [createHttpFetchTool(config.http)] : []),
    ...(config.config.enabled ? [createConfigTool(deps.config)] : []),
    ...(deps.reminders ? createReminderTools(deps.reminders) : []),
  ]);
}

export function createToolRegistry(tools: readonly Tool[]): ToolSet {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  if (byName.size !== tools.length) throw new Error('Two tools have the same name.');
  return { get: (name) => byName.get(name), list: () => [...byName.values()] };
}
