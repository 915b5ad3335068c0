import type { CheckedConfig } from '../../config/check/check.ts';
import { canonical } from '../../config/schema/meaning.ts';
import type { AgentConfig } from '../../config/schema/resolve.ts';
import { wideningRule } from '../../permissions/compare.ts';

/** A change that gives an agent more than it has, or than the agent has that makes the change. */
export interface Widening {
  path: string;
  /** What would be allowed then, for the approver and the model. */
  what: string;
}

/** What decides about the calls of an agent. */
type Power = Pick<AgentConfig, 'tools' | 'approvals' | 'delegatedRules'>;

/** An agent that is not in the configuration may do nothing. */
const NOTHING: Power = {
  tools: { '*': 'deny' },
  approvals: { timeout: 0, approvers: [] },
  delegatedRules: 'both',
};

/**
 * What a change by `caller` would widen, defaults included.
 *
 *   1. An agent that exists may not do more than before: `agents.main.tools` without its `shell: deny`.
 *   2. A new agent may not do more than the caller: `agents.evil` with the default tools, made by an agent without a shell.
 *   3. A schedule that is new or changed may not start an agent that may do more than the caller.
 *   4. Only the approvers of before (or of the caller) may decide about its calls.
 *   5. An agent may not lift the rules of those that give it tasks (`delegatedRules: "own"`) unless it did before.
 */
export function findWidenings(before: CheckedConfig, after: CheckedConfig, caller: string): Widening[] {
  const [old, young] = [before.config, after.config];
  const own = old.agents[caller] ?? NOTHING;
  const agents = Object.entries(young.agents).flatMap(([name, agent]) =>
    widened(`agents.${name}`, name, old.agents[name] ?? { ...own, delegatedRules: 'both' }, agent),
  );
  const schedules = Object.entries(young.schedules).flatMap(([name, schedule]) => {
    if (canonical(schedule) === canonical(old.schedules[name])) return [];
    const starts = schedule.agent ?? young.defaultAgent;
    return widened(`schedules.${name}`, starts, own, young.agents[starts] ?? NOTHING);
  });
  return [...agents, ...schedules];
}

function widened(path: string, name: string, limit: Power, power: Power): Widening[] {
  const rule = wideningRule(limit.tools, power.tools);
  const tools = rule === undefined ? [] : [`"${name}" could use more: ${rule} is ${power.tools[rule]}`];
  const approvers = newApprover(limit.approvals.approvers, power.approvals.approvers);
  const lifts = power.delegatedRules === 'own' && limit.delegatedRules !== 'own';
  const rules = lifts ? [`"${name}" would no longer be bound by the rules of agents that give it tasks`] : [];
  return [...tools, ...rules, ...approvers.map((who) => `${who} could approve calls of "${name}"`)].map(
    (what) => ({
      path,
      what,
    }),
  );
}

function newApprover(before: readonly string[] | undefined, after: readonly string[] | undefined): string[] {
  if (before === undefined) return [];
  if (after === undefined) return ['every client'];
  return after.filter((name) => !before.includes(name));
}
