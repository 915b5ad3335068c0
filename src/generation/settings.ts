import type { Config, ResolvedAgent } from '../config/schema/resolve.ts';
import type { AgentSettings, Permit, Settings } from '../engine/port/settings.ts';
import { createPolicy, type ToolPermissions } from '../permissions/policy.ts';
import { READ_OUTPUT } from '../tools/outputs/read-output.ts';
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
      resolveAgentSettings(agent, createPolicy(agent.tools, places), shelf),
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
  policy: ToolPermissions,
  shelf: SkillCatalog,
): AgentSettings {
  const { model, instructions, maxOutputTokens, limits, skills, approvals } = agent;
  const mayUse = (tool: string) => impliedPermission(agent, tool) ?? policy.mayUse(tool);
  const folder = mayUse(READ_SKILL) ? skills : undefined;
  return {
    model,
    instructions: async () => (folder ? appendSkills(shelf, instructions, folder) : instructions),
    limits: { ...limits, turn: limits },
    patience: approvals.timeout,
    toolOutput: limits.toolOutput,
    compaction: resolveCompaction(agent),
    mayUse,
    delegatedRules: agent.delegatedRules,
    mayAsk: Object.values(agent.tools).includes('ask'),
    permit(tool, input): Permit {
      const given = impliedPermission(agent, tool);
      if (given !== undefined) return given ? { verdict: 'allow' } : { verdict: 'deny', rule: tool };
      const {
        verdict,
        rule,
        isGrantedBy: grantedBy,
        isStillCoveredBy: holds,
      } = policy.decideOnCall(tool, input);
      if (verdict === 'ask') return { verdict, rule, patience: approvals.timeout, grantedBy, holds };
      return verdict === 'deny' ? { verdict, rule } : { verdict };
    },
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

/**
 * Returns the verdict for the two tools that read what an agent was given anyway; `undefined` when the policy
 * decides.
 *
 *   1. Only a verdict for the tool's own name counts: `read_skill: deny` forbids it, `*: deny` does not.
 *   2. An agent with skills may read them; an agent without skills may not call `read_skill`.
 *   3. An agent with any tool that is not denied may read the stored outputs of its tools.
 */
function impliedPermission({ tools, skills }: ResolvedAgent, tool: string): boolean | undefined {
  const byName = Object.hasOwn(tools, tool);
  if (tool === READ_SKILL && skills === undefined) return false;
  if (tool === READ_SKILL && !byName) return true;
  if (tool === READ_OUTPUT && !byName) return Object.values(tools).some((verdict) => verdict !== 'deny');
  return undefined;
}
