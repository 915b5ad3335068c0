import type { CheckedConfig } from '../../config/check/check.ts';
import { canonicalJson } from '../../config/schema/meaning.ts';
import type { ResolvedAgent } from '../../config/schema/resolve.ts';
import { wideningRule } from '../../permissions/compare.ts';

/**
 * A change that gives an agent more permissions than it has now, or more than the agent that makes the change has.
 */
export interface Widening {
  path: string;
  /** What would be allowed by the change, as text for the approver and the model. */
  what: string;
}

/** The keys of an agent that decide about its calls: rules, approvals, and the rules of delegated work. */
type Power = Pick<ResolvedAgent, 'tools' | 'approvals' | 'delegatedRules'>;

/** Permissions of an agent that is not in the configuration: none. */
const NO_POWER: Power = {
  tools: { '*': 'deny' },
  approvals: { timeout: 0, approvers: [] },
  delegatedRules: 'both',
};

/**
 * Lists what a change by the agent `caller` would widen, with defaults included.
 *
 *   1. An existing agent may not get more permissions than before: `agents.main.tools` without its `shell: deny`.
 *   2. A new agent may not have more permissions than the caller: `agents.evil` with the default tools, made by an
 *      agent without a shell.
 *   3. A schedule that is new or changed may not start an agent with more permissions than the caller:
 *      `schedules.nightly.agent: "root"`, added by an agent without a shell.
 *   4. Only the approvers from before the change (for a new agent: those of the caller) may decide about its
 *      calls: `approvals.approvers` with an added name is a widening.
 *   5. An agent may not stop being bound by the rules of agents that delegate to it: `delegatedRules: "own"` is a
 *      widening unless it was set before.
 */
export function findWidenings(before: CheckedConfig, after: CheckedConfig, caller: string): Widening[] {
  const [old, young] = [before.config, after.config];
  const own = old.agents[caller] ?? NO_POWER;
  const agents = Object.entries(young.agents).flatMap(([name, agent]) =>
    listWidenings(`agents.${name}`, name, old.agents[name] ?? { ...own, delegatedRules: 'both' }, agent),
  );
  const schedules = Object.entries(young.schedules).flatMap(([name, schedule]) => {
    if (canonicalJson(schedule) === canonicalJson(old.schedules[name])) return [];
    const starts = schedule.agent ?? young.defaultAgent;
    return listWidenings(`schedules.${name}`, starts, own, young.agents[starts] ?? NO_POWER);
  });
  return [...agents, ...schedules];
}

function listWidenings(path: string, name: string, limit: Power, power: Power): Widening[] {
  const rule = wideningRule(limit.tools, power.tools);
  const tools = rule === undefined ? [] : [`"${name}" could use more: ${rule} is ${power.tools[rule]}`];
  const approvers = listNewApprovers(limit.approvals.approvers, power.approvals.approvers);
  const lifts = power.delegatedRules === 'own' && limit.delegatedRules !== 'own';
  const rules = lifts ? [`"${name}" would no longer be bound by the rules of agents that give it tasks`] : [];
  return [...tools, ...rules, ...approvers.map((who) => `${who} could approve calls of "${name}"`)].map(
    (what) => ({
      path,
      what,
    }),
  );
}

function listNewApprovers(
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
): string[] {
  if (before === undefined) return [];
  if (after === undefined) return ['every client'];
  return after.filter((name) => !before.includes(name));
}
