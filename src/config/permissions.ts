import type { ToolPolicy } from './sections/agents.ts';

/** What a policy says to a call. `rule` is the words that decided, for people. */
export interface Permission {
  verdict: 'allow' | 'ask' | 'deny';
  rule: string;
}

export function permission(policy: ToolPolicy, tool: string): Permission {
  return { verdict: policy[ruleFor(policy, tool)] ?? 'deny', rule: tool };
}

/** The name itself, else the longest beginning of it that the policy names. */
function ruleFor(policy: ToolPolicy, tool: string): string {
  if (Object.hasOwn(policy, tool)) return tool;
  const fitting = Object.keys(policy).filter(
    (rule) => rule.endsWith('*') && tool.startsWith(rule.slice(0, -1)),
  );
  return fitting.reduce((longest, rule) => (rule.length > longest.length ? rule : longest), '*');
}

/** Whether there are arguments with which the policy lets the agent use the tool, if only after asking. */
export function mayUse(policy: ToolPolicy, tool: string): boolean {
  return permission(policy, tool).verdict !== 'deny';
}
