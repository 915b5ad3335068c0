import { wideningRule } from '../../permissions/compare.ts';
import { createPolicy } from '../../permissions/policy.ts';
import type { ToolPolicy } from '../../permissions/rule.ts';
import type { Finding } from '../fields/problems.ts';
import type { ParsedConfig } from '../schema/schema.ts';

type Agents = ParsedConfig['agents'];

const PLACES = { files: '/', commands: '/' };

/**
 * Warns about agents whose `ask` and `deny` rules can be bypassed by delegation: they may delegate, also through
 * other agents, to an agent with `delegatedRules: "own"` that may do more than they may. The operator wrote it, but
 * probably did not intend it.
 */
export function checkDelegatedRules({ agents }: ParsedConfig): Finding[] {
  return Object.entries(agents).flatMap(([name, { tools }]) =>
    reachableFrom(name, agents).flatMap((other): Finding[] => {
      const agent = agents[other];
      if (!agent || agent.delegatedRules === 'both') return [];
      const rule = wideningRule(tools, agent.tools);
      if (rule === undefined) return [];
      const message = `do not bind "${other}", to which "${name}" may delegate: its rule "${rule}" is ${agent.tools[rule]}`;
      const hint = `deny "delegate(${other})", or set "agents.${other}.delegatedRules" to "both"`;
      return [{ path: ['agents', name, 'tools'], at: 'key', message, hint }];
    }),
  );
}

/** Returns the other agents that tasks of this agent may reach, directly or through further delegation. */
function reachableFrom(name: string, agents: Agents): string[] {
  const found = new Set([name]);
  for (const from of found) {
    const tools = agents[from]?.tools ?? {};
    for (const to of Object.keys(agents)) if (mayDelegate(tools, to)) found.add(to);
  }
  found.delete(name);
  return [...found];
}

function mayDelegate(tools: ToolPolicy, agent: string): boolean {
  return createPolicy(tools, PLACES).decideOnCall('delegate', { agent }).verdict !== 'deny';
}
