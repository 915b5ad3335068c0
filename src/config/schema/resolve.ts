import { TOOL_MODULES } from '../../tools/builtin.ts';
import type { Home } from '../../util/home.ts';
import { resolveInHome } from '../fields/paths.ts';
import { withoutPrototype } from '../fields/records.ts';
import type { ParsedConfig } from './schema.ts';
import { type BuiltInToolConfigs, resolveToolSections } from './tools.ts';

type Limits = ParsedConfig['limits'];
type ParsedAgent = ParsedConfig['agents'][string];

/** The limits that an agent may override for itself. */
type AgentLimits = Pick<
  Limits,
  | 'parallelTools'
  | 'modelAttempts'
  | 'crashAttempts'
  | 'delegateDepth'
  | 'children'
  | 'toolOutput'
  | 'turnModelCalls'
  | 'turnToolCalls'
  | 'turnTokens'
  | 'turnTime'
  | 'equalCalls'
  | 'atTurnLimit'
>;

export interface ResolvedAgent extends Omit<ParsedAgent, 'limits' | 'instructions' | 'skills'> {
  /** The text of the instructions, read from its file where it is kept in one. */
  instructions: string;
  /** Absolute path of the folder of skills; absent when the agent has none. */
  skills?: string;
  /** All limits of the agent: its own values where it sets them, otherwise the general ones. */
  limits: AgentLimits;
}

/**
 * The configuration as the daemon uses it. Durations are in milliseconds, sizes in bytes, paths absolute, and all
 * names that are referred to exist. Records have no prototype, so that a name from outside finds an entry or
 * nothing.
 */
export interface Config extends Omit<ParsedConfig, '$schema' | 'agents' | 'defaultAgent' | 'tools'> {
  agents: Record<string, ResolvedAgent>;
  defaultAgent: string;
  tools: BuiltInToolConfigs & { mcp: Record<string, McpServer> };
}

type ParsedMcpServer = ParsedConfig['tools']['mcp'][string];
type ParsedStdio = Exclude<ParsedMcpServer, { type: 'http' }>;

/** An MCP server whose `type` is always set, with an absolute working directory. */
type McpServer =
  | Extract<ParsedMcpServer, { type: 'http' }>
  | (Omit<ParsedStdio, 'type' | 'cwd'> & { type: 'stdio'; cwd: string });

/** Fills in the values that depend on the home or on other keys; `instructions` has the text for each agent. */
export function resolveConfig(
  parsed: ParsedConfig,
  home: Home,
  instructions: ReadonlyMap<string, string>,
): Config {
  const { $schema: _, agents, defaultAgent, tools, limits, ...rest } = parsed;
  const { mcp, ...sections } = tools;
  return {
    ...rest,
    limits,
    providers: addScriptedProvider(parsed.providers),
    agents: withoutPrototype(
      Object.entries(agents).map(([name, { skills, ...agent }]) => [
        name,
        {
          ...ownLimits(agent, limits),
          instructions: instructions.get(name) ?? '',
          ...(skills === undefined ? {} : { skills: resolveInHome(home, skills) }),
        },
      ]),
    ),
    defaultAgent: defaultAgent ?? findImpliedAgent(parsed) ?? '',
    tools: {
      ...resolveToolSections(TOOL_MODULES, sections, home),
      mcp: withoutPrototype(Object.entries(mcp).map(([name, server]) => [name, mcpServer(server, home)])),
    },
  };
}

function mcpServer(server: ParsedMcpServer, home: Home): McpServer {
  const effects = withoutPrototype(Object.entries(server.effects));
  if (server.type === 'http') return { ...server, effects };
  const { type: _, ...rest } = server;
  return {
    ...rest,
    type: 'stdio',
    effects,
    env: withoutPrototype(Object.entries(server.env)),
    cwd: resolveInHome(home, server.cwd),
  };
}

/** Returns the agent of new sessions when the file does not name one: `main`, or the only agent. */
export function findImpliedAgent({ agents }: ParsedConfig): string | undefined {
  const names = Object.keys(agents);
  return names.includes('main') || names.length > 1 ? names.find((name) => name === 'main') : names[0];
}

/** Adds the scripted provider, which needs no key and no network and therefore always exists. */
export function addScriptedProvider(providers: ParsedConfig['providers']): ParsedConfig['providers'] {
  return withoutPrototype(
    Object.entries({ scripted: { type: 'scripted', concurrency: 8 } as const, ...providers }),
  );
}

function ownLimits<A extends Pick<ParsedAgent, 'limits' | 'tools'>>(agent: A, general: Limits) {
  const { parallelTools, modelAttempts, crashAttempts, delegateDepth, children, toolOutput } = general;
  const { turnModelCalls, turnToolCalls, turnTokens, turnTime, equalCalls, atTurnLimit } = general;
  const own = Object.entries(agent.limits).filter(([, value]) => value !== undefined);
  return {
    ...agent,
    tools: withoutPrototype(Object.entries(agent.tools)),
    limits: {
      ...{ parallelTools, modelAttempts, crashAttempts, delegateDepth, children, toolOutput },
      ...{ turnModelCalls, turnToolCalls, turnTokens, turnTime, equalCalls, atTurnLimit },
      ...Object.fromEntries(own),
    },
  };
}
