import { parentOf } from '../../core/delegation/outgoing.ts';
import type { Journal } from '../../journal/journal.ts';
import { READ_OUTPUT } from '../../tools/port/read-output.ts';
import { READ_SKILL } from '../../tools/skills/read-skill.ts';
import type { AgentSettings, Permit, Settings } from '../port/settings.ts';

/**
 * The agents for which a session works, nearest first: that of the session which gave it the task, the one above, and so
 * on. Follows from names and the journal and never changes, so that restarts keep it.
 */
export async function agentsAbove(journal: Pick<Journal, 'session'>, session: string): Promise<string[]> {
  const above: string[] = [];
  for (let parent = parentOf(session); parent; parent = parentOf(parent.session)) {
    const row = await journal.session(parent.session);
    if (!row) break;
    above.push(row.agent);
  }
  return above;
}

/**
 * The settings of an agent with the stricter permission of it and of every agent above. An agent with `delegatedRules:
 * "own"` is the last that counts. Evaluated for each call, so that a change of any of them holds from the next one.
 */
export function settingsBelow(
  { agent }: Pick<Settings, 'agent'>,
  name: string,
  above: readonly string[],
): AgentSettings | undefined {
  const own = agent(name);
  if (!own) return undefined;
  const last = [name, ...above].findIndex((each) => agent(each)?.delegatedRules === 'own');
  const counting = last < 0 ? above : above.slice(0, last);
  return counting.map((each) => limitOf(each, agent(each))).reduce(limited, own);
}

type Limit = Pick<AgentSettings, 'mayUse' | 'mayAsk' | 'permit'>;

/** Says in a refusal whose rule it is. An agent that has left the configuration gives nothing on. */
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

/** What is a session's own, its skills and stored outputs, is no matter of the agent above. */
const OWN: ReadonlySet<string> = new Set([READ_SKILL, READ_OUTPUT]);

function limited(agent: AgentSettings, limit: Limit): AgentSettings {
  return {
    ...agent,
    mayUse: (tool) => agent.mayUse(tool) && (OWN.has(tool) || limit.mayUse(tool)),
    mayAsk: agent.mayAsk || limit.mayAsk,
    permit: (tool, input) =>
      OWN.has(tool)
        ? agent.permit(tool, input)
        : stricter(agent.permit(tool, input), limit.permit(tool, input)),
  };
}

/** When both ask, what was granted must be enough for both. */
function stricter(own: Permit, other: Permit): Permit {
  if (own.verdict === 'deny' || other.verdict === 'allow') return own;
  if (other.verdict === 'deny' || own.verdict === 'allow') return other;
  const patience = Math.min(own.patience, other.patience);
  return { ...own, patience, grantedBy: (granted) => own.grantedBy(granted) && other.grantedBy(granted) };
}
