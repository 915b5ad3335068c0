import { wideningRule } from './compare.ts';
import { KNOWN_TOOLS } from './known-tools.ts';
import { createPolicy } from './policy.ts';
import type { ToolPolicy } from './rule.ts';

/** The rules of an agent, as far as delegation concerns them. */
interface DelegationRules {
  tools: ToolPolicy;
  delegatedRules: 'both' | 'own';
}

/** An agent that does work of another one under its own rules, and a rule by which it may do more. */
export interface DelegationBypass {
  from: string;
  to: string;
  rule: string;
}

/**
 * Lists the agents whose `ask` and `deny` rules can be bypassed by delegation: they may delegate, also through other
 * agents, to an agent with `delegatedRules: "own"` that may do more than they may.
 */
export function listDelegationBypasses(
  agents: Readonly<Record<string, DelegationRules>>,
): DelegationBypass[] {
  return Object.entries(agents).flatMap(([from, { tools }]) =>
    listReachableAgents(from, agents).flatMap((to): DelegationBypass[] => {
      const agent = agents[to];
      if (!agent || agent.delegatedRules === 'both') return [];
      const rule = wideningRule(tools, agent.tools);
      return rule === undefined ? [] : [{ from, to, rule }];
    }),
  );
}

/** Returns the other agents that tasks of this agent may reach, directly or through further delegation. */
function listReachableAgents(name: string, agents: Readonly<Record<string, DelegationRules>>): string[] {
  const found = new Set([name]);
  for (const from of found) {
    const tools = agents[from]?.tools ?? {};
    for (const to of Object.keys(agents)) if (mayDelegate(tools, to)) found.add(to);
  }
  found.delete(name);
  return [...found];
}

function mayDelegate(tools: ToolPolicy, agent: string): boolean {
  const policy = createPolicy(tools, { files: '/', commands: '/' }, 0);
  return DELEGATING.some(
    ([tool, { argument }]) => policy.decideOnCall(tool, { [argument]: agent }).verdict !== 'deny',
  );
}

/** The tools that give work to the agent that one of their arguments names. */
const DELEGATING = [...KNOWN_TOOLS.patterns].filter(([, { kind }]) => kind === 'agent');
