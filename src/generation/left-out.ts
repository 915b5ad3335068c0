import { describeTools } from '../engine/port/offered-tools.ts';
import type { McpControl } from '../http/ports/mcp.ts';
import { selectAcceptedTools } from '../models/prompt/tools.ts';
import type { AgentToolsBody, LeftOutBody } from '../protocol/agents.ts';
import type { McpServerBody } from '../protocol/mcp.ts';
import type { Mcp } from '../tools/mcp/mcp.ts';
import { readServerName } from '../tools/mcp/offer/names.ts';
import type { ToolSet } from '../tools/port/tool.ts';
import type { LiveConfig } from './live-config.ts';

/**
 * Describes for each agent what its model is offered: the number of tools, and which ones are left out because the
 * provider would refuse the whole request with them. It is computed as the next model call will compute it, so
 * that operators see what models see.
 */
export function describeAgentTools(live: LiveConfig, tools: ToolSet): AgentToolsBody[] {
  const { config, settings, models } = live.current;
  return Object.keys(config.agents).flatMap((name) => {
    const agent = settings.agent(name);
    if (!agent) return [];
    const fitted = selectAcceptedTools(describeTools(tools, agent), models.get(agent.model).rules);
    return [{ agent: name, model: agent.model, tools: fitted.tools.length, leftOut: fitted.leftOut }];
  });
}

/** Creates the port through which the API shows the MCP servers and runs their logins. */
export function createMcpControl(mcp: Mcp, agents: () => readonly AgentToolsBody[]): McpControl {
  return {
    listServers: () => describeMcpServers(mcp, agents()),
    beginLogin: (server) => mcp.beginLogin(server),
    finishLogin: (answer) => mcp.finishLogin(answer),
    endLogin: (server) => mcp.endLogin(server),
  };
}

/** Returns the state of the MCP servers, each with those of its tools that some agents are not offered. */
export function describeMcpServers(
  mcp: Pick<Mcp, 'status'>,
  agents: readonly AgentToolsBody[],
): McpServerBody[] {
  const leftOut = groupLeftOutByServer(agents);
  return mcp.status().map((server) => {
    const missing = leftOut.get(server.server);
    return missing ? { ...server, leftOut: missing } : server;
  });
}

function groupLeftOutByServer(agents: readonly AgentToolsBody[]): Map<string, McpLeftOut[]> {
  const found = new Map<string, McpLeftOut[]>();
  for (const { agent, leftOut } of agents) {
    for (const { tool, why } of leftOut) {
      const server = readServerName(tool);
      if (server !== undefined) found.set(server, [...(found.get(server) ?? []), { agent, tool, why }]);
    }
  }
  return found;
}

type McpLeftOut = LeftOutBody & { agent: string };
