import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import type { ToolCallPart } from '../core/message.ts';
import type { Verdict } from '../core/next.ts';
import type { ToolSet } from './ports.ts';
import type { AgentSettings } from './settings.ts';

/** May this call run now, and what would it do to the world? */
export function judge(tools: ToolSet, agent: AgentSettings | undefined, part: ToolCallPart): Verdict {
  const tool = tools.get(part.toolName);
  if (!agent) return { run: false, reason: 'the agent is not in the configuration any more' };
  if (!tool) return { run: false, reason: `there is no tool "${part.toolName}"` };
  if (!agent.allows(tool.name)) {
    return { run: false, reason: `the operator does not allow this agent to use ${tool.name}` };
  }
  return { run: true, effect: tool.effect(part.input), resumable: tool.resumable ?? false };
}

/** The tools that the model is told about: those that it may use. */
export function describeTools(tools: ToolSet, agent: AgentSettings): LanguageModelV4FunctionTool[] {
  return tools
    .list()
    .filter((tool) => agent.allows(tool.name))
    .map(({ name, description, inputSchema }) => ({ type: 'function', name, description, inputSchema }));
}
