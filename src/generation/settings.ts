import type { AgentConfig, Config } from '../config/resolve.ts';
import { allows } from '../config/sections/agents.ts';
import type { AgentSettings, Settings } from '../runner/settings.ts';

/** The runner's view of the configuration. */
export function settingsOf(config: Config, revision: number): Settings {
  const { limits } = config;
  const agents = new Map(Object.entries(config.agents).map(([name, agent]) => [name, agentSettings(agent)]));
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

function agentSettings({ model, instructions, maxOutputTokens, limits, tools }: AgentConfig): AgentSettings {
  return {
    model,
    instructions,
    limits,
    toolOutput: limits.toolOutput,
    allows: (tool) => allows(tools, tool),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}
