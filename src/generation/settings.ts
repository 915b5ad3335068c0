import type { AgentConfig, Config } from '../config/resolve.ts';
import { allows } from '../config/sections/agents.ts';
import type { AgentSettings, Settings } from '../runner/settings.ts';
import { READ_OUTPUT } from '../tools/read-output.ts';
import { withSkills } from '../tools/skills/prompt.ts';
import { READ_SKILL } from '../tools/skills/read-skill.ts';
import type { Shelf } from '../tools/skills/shelf.ts';

/** The runner's view of the configuration. */
export function settingsOf(config: Config, revision: number, shelf: Shelf): Settings {
  const { limits } = config;
  const agents = new Map(
    Object.entries(config.agents).map(([name, agent]) => [name, agentSettings(agent, shelf)]),
  );
  return {
    revision,
    agent: (name) => agents.get(name),
    turns: limits.turns,
    modelSilence: limits.modelSilence,
    toolTimeout: limits.toolTimeout,
    passivateAfter: limits.passivateAfter,
    resumeConcurrency: limits.resumeConcurrency,
  };
}

function agentSettings(agent: AgentConfig, shelf: Shelf): AgentSettings {
  const { model, instructions, maxOutputTokens, limits, skills } = agent;
  const folder = mayUse(agent, READ_SKILL) ? skills : undefined;
  return {
    model,
    instructions: async () => (folder ? withSkills(shelf, instructions, folder) : instructions),
    limits,
    toolOutput: limits.toolOutput,
    allows: (tool) => mayUse(agent, tool),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}

/**
 * About these two only a verdict by name counts: whoever gives an agent skills wants them read, and whoever gives it
 * tools wants it to see what they put out.
 */
function mayUse({ tools, skills }: AgentConfig, tool: string): boolean {
  if (tool === READ_SKILL) return skills !== undefined && tools[READ_SKILL] !== 'deny';
  if (tool === READ_OUTPUT && tools[READ_OUTPUT] === undefined) return Object.values(tools).includes('allow');
  return allows(tools, tool);
}
