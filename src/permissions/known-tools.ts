import { TOOL_MODULES } from '../tools/builtin.ts';
import type { DefaultAccess, ToolModule, ToolPattern } from '../tools/port/module.ts';
import { createHostPatterns } from './patterns/hosts.ts';
import type { PatternKind } from './patterns/kind.ts';
import { createAgentPatterns } from './patterns/names.ts';
import { createFilePatterns, createFolderPatterns } from './patterns/paths.ts';
import { createCommandPatterns } from './shell/commands.ts';

/** What permissions know about the built-in tools, all of it declared by their modules. */
export interface KnownTools {
  /** The tools that a rule can name, besides those of MCP servers. */
  names: readonly string[];
  /** What an agent may do with a tool that none of its rules names, by tool. */
  access: ReadonlyMap<string, DefaultAccess>;
  /** The tools whose calls a rule can distinguish by a pattern, with the kind of pattern. */
  patterns: ReadonlyMap<string, KnownPattern>;
}

/** How the calls of one tool are matched by a pattern, with the name of the kind. */
export type KnownPattern = PatternKind & Pick<ToolPattern, 'kind'>;

const KINDS: Record<ToolPattern['kind'], (argument: string) => PatternKind> = {
  command: createCommandPatterns,
  file: createFilePatterns,
  folder: createFolderPatterns,
  host: createHostPatterns,
  agent: createAgentPatterns,
};

/** Collects what the modules declare about their tools. */
export function describeKnownTools(modules: readonly ToolModule[]): KnownTools {
  const declared = modules.flatMap(({ tools }) => Object.entries(tools));
  return {
    names: declared.map(([name]) => name),
    access: new Map(declared.map(([name, { byDefault }]) => [name, byDefault])),
    patterns: new Map(
      declared.flatMap(([name, { pattern }]) => (pattern ? [[name, describePattern(pattern)] as const] : [])),
    ),
  };
}

function describePattern({ kind, argument }: ToolPattern): KnownPattern {
  return { kind, ...KINDS[kind](argument) };
}

export const KNOWN_TOOLS: KnownTools = describeKnownTools(TOOL_MODULES);
