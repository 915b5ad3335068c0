import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import type { ToolSet } from '../../tools/port/tool.ts';
import type { AgentSettings } from './settings.ts';

/**
 * Describes the tools that the model is offered: all that the agent may use, including those that need an
 * approval.
 */
export function describeTools(tools: ToolSet, agent: AgentSettings): LanguageModelV4FunctionTool[] {
  return tools
    .list()
    .filter((tool) => agent.permissions.mayUse(tool.name))
    .map(({ name, description, inputSchema }) => ({ type: 'function', name, description, inputSchema }));
}
