import type { z } from 'zod';
import type { Home } from '../../util/home.ts';
import type { Tool } from './tool.ts';

/**
 * The declaration of a module of built-in tools: one folder, and one line in `src/tools/builtin.ts`. Configuration and
 * permissions read it in every process, the supervisor included; only a generation loads the code of the tools.
 */
export interface ToolModule {
  /** Name of the module; where it has settings, their key below `tools` in the configuration. */
  readonly name: string;
  /** Its tools by name: exactly those that `create` may return. */
  readonly tools: Readonly<Record<string, ToolDeclaration>>;
  /** Loads the code of the tools; rejects when it cannot be loaded. */
  load(): Promise<ToolFactory>;
}

/** A module with settings: a section of its own below `tools` in the configuration. */
export interface ConfigurableToolModule extends ToolModule {
  /** The section, with defaults, apply classes and descriptions. */
  readonly section: z.ZodType;
  /** Fills in the values of the parsed section that depend on the home, such as absolute paths. */
  resolve(parsed: object, home: Home): ToolSwitch;
}

/** What all resolved sections have in common: whether the tools of the module exist at all. */
export interface ToolSwitch {
  enabled: boolean;
}

/** The loaded code of a module. */
export interface ToolFactory {
  /**
   * Creates the tools for one configuration. `config` is what `resolve` returned, `services` are those parts of the
   * daemon that the module asks for.
   */
  create(config: ToolSwitch, services: object): Tool[];
}

/** What permissions need to know about a tool. */
export interface ToolDeclaration {
  readonly byDefault: DefaultAccess;
  /** Absent when a rule can only mean the whole tool. */
  readonly pattern?: ToolPattern;
}

/**
 * What an agent may do with a tool that none of its rules names:
 *   1. `allow`: the default rules allow it, because it reads or affects only the agent's own sessions. Example:
 *      `read_file`.
 *   2. `ask`: the rule `*` decides, which asks by default, because the tool writes, runs commands or reaches the
 *      network. Example: `shell`.
 *   3. `with-skills`: allowed exactly to agents with skills, whatever `*` says, because it reads only these.
 *   4. `with-tools`: allowed to agents that may use any tool, whatever `*` says, because it reads only their outputs.
 */
export type DefaultAccess = 'allow' | 'ask' | 'with-skills' | 'with-tools';

/** Which argument of a call the pattern of a rule matches, and how. Example: `shell(git *)` matches `command`. */
export interface ToolPattern {
  readonly argument: string;
  /**
   * `command`: a command line, by its words. `file`: a path. `folder`: a path with everything below it, the working
   * folder when absent. `host`: the host of a URL, with method and port. `agent`: the name of an agent.
   */
  readonly kind: 'command' | 'file' | 'folder' | 'host' | 'agent';
}
