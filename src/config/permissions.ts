import type { ToolPolicy } from './sections/agents.ts';

/** What a policy says to a call. `rule` is the words that decided, for people. */
export interface Permission {
  verdict: 'allow' | 'ask' | 'deny';
  rule: string;
}

export function permission(policy: ToolPolicy, tool: string): Permission {
  const verdict = (Object.hasOwn(policy, tool) ? policy[tool] : policy['*']) ?? 'deny';
  return { verdict, rule: tool };
}

/** Whether there are arguments with which the policy lets the agent use the tool, if only after asking. */
export function mayUse(policy: ToolPolicy, tool: string): boolean {
  return permission(policy, tool).verdict !== 'deny';
}
