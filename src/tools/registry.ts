import type { BlobRef } from '../core/model/events.ts';
import type { Home } from '../util/home.ts';
import { configTool } from './config-tool/config-tool.ts';
import type { ConfigPort } from './config-tool/port.ts';
import { delegateTool } from './delegate/delegate.ts';
import { fileTools } from './files/files.ts';
import { httpFetch } from './http/http-fetch.ts';
import type { ToolsConfig } from './port/config.ts';
import { readOutput } from './port/read-output.ts';
import type { Tool } from './port/tool.ts';
import type { ReminderBook } from './reminders/book.ts';
import { reminderTools } from './reminders/reminders.ts';
import { shellTool } from './shell/shell.ts';
import { readSkill } from './skills/read-skill.ts';
import type { Shelf } from './skills/shelf.ts';

export interface ToolSet {
  get(name: string): Tool | undefined;
  list(): Tool[];
}

export interface ToolDeps {
  /** Folder of the shell's jobs; must be the same one for every generation of a home. */
  jobsDir: string;
  /** The daemon's own folder. */
  home: Home;
  readBlob(id: string, offset: number, length: number): Promise<Uint8Array | undefined>;
  /** Where the whole output of a call is stored; `undefined` when it was short or there is no such call. */
  findOutput(session: string, call: string): Promise<BlobRef | undefined>;
  shelf: Shelf;
  /** Names of the agents that work can be given to. */
  agents: readonly string[];
  /** Where the skills of a session's agent are; `undefined` when it has none. */
  skillsOf(session: string): Promise<string | undefined>;
  config: ConfigPort;
  /** Tools that come and go while the set is in use, such as those of MCP servers. */
  more?: ToolSet;
  /** Without it there are no reminders. */
  reminders?: ReminderBook;
}

/**
 * The built-in tools that the configuration enables, and those of `more` as they are at each look. A built-in name
 * given twice is a mistake of ours and throws; among the others, ours come first.
 */
export function createTools(config: ToolsConfig, deps: ToolDeps): ToolSet {
  const own = builtIn(config, deps);
  const { more } = deps;
  if (!more) return own;
  return { get: (name) => own.get(name) ?? more.get(name), list: () => [...own.list(), ...more.list()] };
}

function builtIn(config: ToolsConfig, deps: ToolDeps): ToolSet {
  return toolSet([
    readOutput(deps),
    delegateTool(deps.agents),
    readSkill({ shelf: deps.shelf, folderOf: deps.skillsOf }),
    ...(config.shell.enabled ? [shellTool(config.shell, { ...deps, roots: config.files.roots })] : []),
    ...(config.files.enabled ? fileTools(config.files, deps.home) : []),
    ...(config.http.enabled ? [httpFetch(config.http)] : []),
    ...(config.config.enabled ? [configTool(deps.config)] : []),
    ...(deps.reminders ? reminderTools(deps.reminders) : []),
  ]);
}

export function toolSet(tools: readonly Tool[]): ToolSet {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  if (byName.size !== tools.length) throw new Error('Two tools have the same name.');
  return { get: (name) => byName.get(name), list: () => [...byName.values()] };
}
