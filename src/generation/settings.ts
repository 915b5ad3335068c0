import { permission } from '../config/permissions.ts';
import type { AgentConfig, Config } from '../config/resolve.ts';
import type { AgentSettings, Permit, Settings } from '../runner/settings.ts';
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
  const folder = permits(agent, READ_SKILL).verdict !== 'deny' ? skills : undefined;
  return {
    model,
    instructions: async () => (folder ? withSkills(shelf, instructions, folder) : instructions),
    limits,
    toolOutput: limits.toolOutput,
    mayUse: (tool) => permits(agent, tool).verdict !== 'deny',
    permit: (tool) => permits(agent, tool),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}

/** Whoever gives an agent skills wants them read, so only a verdict about this tool by name counts. */
function permits({ tools, skills, approvals }: AgentConfig, tool: string): Permit {
  if (tool === READ_SKILL && (skills === undefined || tools[READ_SKILL] === undefined)) {
    return skills === undefined ? { verdict: 'deny', rule: tool } : { verdict: 'allow' };
  }
  const { verdict, rule } = permission(tools, tool);
  if (verdict === 'ask') return { verdict, rule, patience: approvals.timeout };
  return verdict === 'deny' ? { verdict, rule } : { verdict };
}
