import { permission } from '../config/permissions.ts';
import type { AgentConfig, Config } from '../config/resolve.ts';
import type { AgentSettings, Permit, Settings } from '../runner/settings.ts';
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

/**
 * About these two only a verdict by name counts: whoever gives an agent skills wants them read, and whoever gives it
 * tools wants it to see what they put out.
 */
function permits({ tools, skills, approvals }: AgentConfig, tool: string): Permit {
  const byName = Object.hasOwn(tools, tool);
  if (tool === READ_SKILL && skills === undefined) return { verdict: 'deny', rule: tool };
  if (tool === READ_SKILL && !byName) return { verdict: 'allow' };
  const some = Object.values(tools).some((verdict) => verdict !== 'deny');
  if (tool === READ_OUTPUT && !byName) return some ? { verdict: 'allow' } : { verdict: 'deny', rule: tool };
  const { verdict, rule } = permission(tools, tool);
  if (verdict === 'ask') return { verdict, rule, patience: approvals.timeout };
  return verdict === 'deny' ? { verdict, rule } : { verdict };
}
