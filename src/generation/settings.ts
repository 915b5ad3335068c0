import type { Config, ResolvedAgent } from '../config/schema/resolve.ts';
import type { AgentSettings, Settings } from '../engine/port/settings.ts';
import { createAgentPermissions } from '../permissions/agent.ts';
import type { AgentPermissions } from '../permissions/decision.ts';
import { appendSkills } from '../tools/skills/prompt.ts';
import { READ_SKILL } from '../tools/skills/read-skill.ts';
import type { SkillCatalog } from '../tools/skills/shelf.ts';

/**
 * Builds the runner's view of a configuration: limits, and for each agent the model, the instructions and the
 * permissions.
 */
export function resolveSettings(config: Config, revision: number, shelf: SkillCatalog): Settings {
  const { limits } = config;
  const places = { files: config.tools.files.roots[0] ?? '/', commands: config.tools.shell.cwd };
  const agents = new Map(
    Object.entries(config.agents).map(([name, agent]) => [
      name,
      resolveAgentSettings(agent, createAgentPermissions(agent, places), shelf),
    ]),
  );
  return {
    revision,
    agent: (name) => agents.get(name),
    turns: limits.turns,
    modelSilence: limits.modelSilence,
    toolTimeout: limits.toolTimeout,
    largestFile: limits.attachment,
    passivateAfter: limits.passivateAfter,
    resumeConcurrency: limits.resumeConcurrency,
  };
}

function resolveAgentSettings(
  agent: ResolvedAgent,
  permissions: AgentPermissions,
  shelf: SkillCatalog,
): AgentSettings {
  const { model, instructions, maxOutputTokens, limits, skills, approvals } = agent;
  const folder = permissions.mayUse(READ_SKILL) ? skills : undefined;
  return {
    model,
    instructions: async () => (folder ? appendSkills(shelf, instructions, folder) : instructions),
    limits: { ...limits, turn: limits },
    patience: approvals.timeout,
    toolOutput: limits.toolOutput,
    compaction: resolveCompaction(agent),
    permissions,
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}

/**
 * Computes when a history is compacted, in tokens. Tokens reserved for the answer are not available to the
 * history.
 */
function resolveCompaction({
  model,
  maxOutputTokens = 0,
  compaction,
}: ResolvedAgent): AgentSettings['compaction'] {
  const { window, at, keepTurns } = compaction;
  const limit = Math.floor(Math.min(window * at, window - maxOutputTokens));
  return { window, limit, keepTurns, model: compaction.model ?? model };
}
