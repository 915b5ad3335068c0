import type { AgentPermissions } from './decision.ts';
import { KNOWN_TOOLS } from './known-tools.ts';
import type { BasePaths } from './patterns/kind.ts';
import { createPolicy } from './policy.ts';
import type { ToolPolicy } from './rule.ts';

/** What the configuration says about the calls of an agent. */
export interface AgentRules {
  tools: ToolPolicy;
  /** Absent when the agent has no skills. */
  skills?: string;
  /** Milliseconds until a question about a call expires. */
  approvals: { timeout: number };
  delegatedRules: 'both' | 'own';
}

/** Creates the permissions of an agent from its configuration. Relative paths in rules start at `places`. */
export function createAgentPermissions(agent: AgentRules, places: BasePaths): AgentPermissions {
  const policy = createPolicy(agent.tools, places, agent.approvals.timeout);
  return {
    mayAsk: Object.values(agent.tools).includes('ask'),
    delegatedRules: agent.delegatedRules,
    mayUse: (tool) => findImpliedPermission(agent, tool) ?? policy.mayUse(tool),
    decideOnCall(tool, input) {
      const implied = findImpliedPermission(agent, tool);
      if (implied === undefined) return policy.decideOnCall(tool, input);
      return implied ? { verdict: 'allow' } : { verdict: 'deny', rule: tool };
    },
  };
}

/**
 * Returns the verdict for tools that read what an agent was given anyway; `undefined` when the rules decide.
 *
 *   1. Only a verdict for the tool's own name counts: `read_skill: deny` forbids it, `*: deny` does not.
 *   2. An agent with skills may read them; an agent without skills may not call `read_skill`.
 *   3. An agent with any tool that is not denied may read the stored outputs of its tools.
 */
function findImpliedPermission({ tools, skills }: AgentRules, tool: string): boolean | undefined {
  const access = KNOWN_TOOLS.access.get(tool);
  const isNamed = Object.hasOwn(tools, tool);
  if (access === 'with-skills' && skills === undefined) return false;
  if (access === 'with-skills' && !isNamed) return true;
  if (access === 'with-tools' && !isNamed) return Object.values(tools).some((verdict) => verdict !== 'deny');
  return undefined;
}

/** Checks whether a tool reads only the session's own skills and outputs, which the agents above do not restrict. */
export function readsOwnOnly(tool: string): boolean {
  const access = KNOWN_TOOLS.access.get(tool);
  return access === 'with-skills' || access === 'with-tools';
}
