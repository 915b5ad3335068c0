import type { ApprovalDemand } from '../core/model/next-action.ts';

/**
 * What the rules say about one call, of one agent or of all agents that bind a session:
 * 1. `allow`: the call runs. Example: `"read_file": "allow"`.
 * 2. `deny`: the call is refused; `rule` is the rule that decided, for the reason that the model is given.
 * 3. `ask`: an approver decides first. The demand says which rule an approval of more than this call grants, for example
 *    `shell(git push*)`, and until when the question waits. `isGrantedBy` checks whether a grant covers the call.
 */
export type RuleDecision =
  | { verdict: 'allow' }
  | { verdict: 'deny'; rule: string }
  | ({ verdict: 'ask'; isGrantedBy(granted: string): boolean } & ApprovalDemand);

/** The permissions of an agent: its rules, and what its skills and outputs imply. */
export interface AgentPermissions {
  /** Checks whether some arguments exist with which the tool may be used, at least after an approval. */
  mayUse(tool: string): boolean;
  /** Whether some calls need an approval first. */
  readonly mayAsk: boolean;
  /** Whose rules bind work for another agent: the stricter of both agents' rules, or only this agent's own. */
  readonly delegatedRules: 'both' | 'own';
  decideOnCall(tool: string, input: unknown): RuleDecision;
}
