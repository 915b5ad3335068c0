import { readsOwnOnly } from './agent.ts';
import type { AgentPermissions, RuleDecision } from './decision.ts';

/** An agent above a session, which delegated work down to it; without permissions when it is no longer configured. */
export interface DelegatingAgent {
  name: string;
  permissions: AgentPermissions | undefined;
}

/**
 * Returns an agent's permissions for a session that works for other agents, nearest first:
 * 1. A call must be permitted by the agent and by every agent above. Example: `researcher` may write files,
 *    but works for `reader`, which may not; the write is denied.
 * 2. The chain ends at the first agent with `delegatedRules: "own"`, counted from the session; agents above
 *    that one do not restrict.
 * 3. Rules are evaluated for each call, so a changed rule of any agent applies from the next call on.
 */
export function inheritPermissions(
  own: AgentPermissions,
  above: readonly DelegatingAgent[],
): AgentPermissions {
  const last = [own, ...above.map(({ permissions }) => permissions)].findIndex(
    (each) => each?.delegatedRules === 'own',
  );
  const counting = last < 0 ? above : above.slice(0, last);
  return counting.map(limitOf).reduce(applyLimit, own);
}

type Limit = Omit<AgentPermissions, 'delegatedRules'>;

/**
 * Returns the permissions of an agent above, with its name in every refusal. An agent that is no longer
 * configured permits nothing.
 */
function limitOf({ name, permissions }: DelegatingAgent): Limit {
  const whose = `the agent "${name}", which gave the task`;
  if (!permissions) {
    const rule = `any tool for ${whose} and is not in the configuration`;
    return { mayUse: () => false, mayAsk: false, decideOnCall: () => ({ verdict: 'deny', rule }) };
  }
  return {
    mayUse: permissions.mayUse,
    mayAsk: permissions.mayAsk,
    decideOnCall(tool, input) {
      const decision = permissions.decideOnCall(tool, input);
      if (decision.verdict !== 'deny') return decision;
      return { ...decision, rule: `${decision.rule}, by the rules of ${whose}` };
    },
  };
}

function applyLimit(own: AgentPermissions, limit: Limit): AgentPermissions {
  return {
    delegatedRules: own.delegatedRules,
    mayAsk: own.mayAsk || limit.mayAsk,
    mayUse: (tool) => own.mayUse(tool) && (readsOwnOnly(tool) || limit.mayUse(tool)),
    decideOnCall: (tool, input) =>
      readsOwnOnly(tool)
        ? own.decideOnCall(tool, input)
        : stricterDecision(own.decideOnCall(tool, input), limit.decideOnCall(tool, input)),
  };
}

/**
 * Returns the stricter of two decisions. When both ask, a grant must satisfy both, and the shorter time limit
 * applies.
 */
function stricterDecision(own: RuleDecision, other: RuleDecision): RuleDecision {
  if (own.verdict === 'deny' || other.verdict === 'allow') return own;
  if (other.verdict === 'deny' || own.verdict === 'allow') return other;
  const patience = Math.min(own.patience, other.patience);
  return {
    ...own,
    patience,
    isGrantedBy: (granted) => own.isGrantedBy(granted) && other.isGrantedBy(granted),
  };
}
