import { parseChildId } from '../../core/delegation/outgoing.ts';
import type { Catalog } from '../../journal/catalog.ts';
import { READ_OUTPUT } from '../../tools/outputs/read-output.ts';
import { READ_SKILL } from '../../tools/skills/read-skill.ts';
import type { AgentSettings, Permit, Settings } from './settings.ts';

/**
 * Returns the agents that delegated work down to a session, nearest first: that of the session that delegated
 * to it, then the one above. It depends only on session names and the journal, so a restart changes nothing.
 */
export async function listAncestorAgents(journal: Catalog, session: string): Promise<string[]> {
  const above: string[] = [];
  for (let parent = parseChildId(session); parent; parent = parseChildId(parent.session)) {
    const row = await journal.findSession(parent.session);
    if (!row) break;
    above.push(row.agent);
  }
  return above;
}

/**
 * Returns an agent's settings, restricted by the agents above it:
 * 1. A call must be permitted by the agent and by every agent above. Example: `researcher` may write files,
 *    but works for `reader`, which may not; the write is denied.
 * 2. The chain ends at the first agent with `delegatedRules: "own"`, counted from the session; agents above
 *    that one do not restrict.
 * 3. Rules are evaluated for each call, so a changed rule of any agent applies from the next call on.
 */
export function restrictSettings(
  { agent }: Pick<Settings, 'agent'>,
  name: string,
  above: readonly string[],
): AgentSettings | undefined {
  const own = agent(name);
  if (!own) return undefined;
  const last = [name, ...above].findIndex((each) => agent(each)?.delegatedRules === 'own');
  const counting = last < 0 ? above : above.slice(0, last);
  return counting.map((each) => limitOf(each, agent(each))).reduce(applyLimit, own);
}

type Limit = Pick<AgentSettings, 'mayUse' | 'mayAsk' | 'permit'>;

/**
 * Returns the permissions of an agent above, with its name in every refusal. An agent that is no longer
 * configured permits nothing.
 */
function limitOf(name: string, agent: AgentSettings | undefined): Limit {
  const whose = `the agent "${name}", which gave the task`;
  if (!agent) {
    const rule = `any tool for ${whose} and is not in the configuration`;
    return { mayUse: () => false, mayAsk: false, permit: () => ({ verdict: 'deny', rule }) };
  }
  return {
    mayUse: agent.mayUse,
    mayAsk: agent.mayAsk,
    permit(tool, input) {
      const permit = agent.permit(tool, input);
      if (permit.verdict !== 'deny') return permit;
      return { ...permit, rule: `${permit.rule}, by the rules of ${whose}` };
    },
  };
}

/**
 * Tools that read only the session's own skills and stored outputs; the rules of the agents above do not
 * restrict them.
 */
const OWN_TOOLS: ReadonlySet<string> = new Set([READ_SKILL, READ_OUTPUT]);

function applyLimit(agent: AgentSettings, limit: Limit): AgentSettings {
  return {
    ...agent,
    mayUse: (tool) => agent.mayUse(tool) && (OWN_TOOLS.has(tool) || limit.mayUse(tool)),
    mayAsk: agent.mayAsk || limit.mayAsk,
    permit: (tool, input) =>
      OWN_TOOLS.has(tool)
        ? agent.permit(tool, input)
        : stricterPermit(agent.permit(tool, input), limit.permit(tool, input)),
  };
}

/**
 * Returns the stricter of two verdicts. When both ask, a grant must satisfy both, and the shorter time limit
 * applies.
 */
function stricterPermit(own: Permit, other: Permit): Permit {
  if (own.verdict === 'deny' || other.verdict === 'allow') return own;
  if (other.verdict === 'deny' || own.verdict === 'allow') return other;
  const patience = Math.min(own.patience, other.patience);
  return { ...own, patience, grantedBy: (granted) => own.grantedBy(granted) && other.grantedBy(granted) };
}
