import type { ReachedLimit, TurnLimitName } from '../model/budget.ts';
import type { Elicitation } from '../model/elicitation.ts';
import type { SessionEvent } from '../model/events.ts';

/** The texts that clients, approvers and the log show about the limits of a turn. */

type LimitDecision = Pick<Extract<SessionEvent, { type: 'approval_resolved' }>, 'decision' | 'from' | 'note'>;

/** Returns why a turn ended at a limit: what it used, the limit with its key, and which approver stopped it. */
export function describeReachedLimit(reached: ReachedLimit, decided?: LimitDecision): string {
  const why = `the turn ${describeUse(reached)}; the limit is ${describeAmount(reached.limit, reached.max)} (limits.${reached.limit})`;
  if (!decided) return why;
  const { decision, from = 'an approver', note } = decided;
  if (decision === 'expired') return `${why}, and the question whether it may continue expired`;
  return `${why}, and ${from} did not let it continue${note ? `: ${note}` : ''}`;
}

/** Returns the question to the operator's approvers whether the turn may use the same amount once more. */
export function createContinueElicitation(reached: ReachedLimit): Elicitation {
  return {
    key: reached.limit,
    asker: 'midturn',
    message: `May the turn continue? It ${describeUse(reached)}; the limit is ${describeAmount(reached.limit, reached.max)} (limits.${reached.limit}). A yes allows as much again.`,
    fields: [],
    operator: true,
  };
}

function describeUse({ limit, used }: ReachedLimit): string {
  return USES[limit].replace('#', describeAmount(limit, used));
}

function describeAmount(limit: TurnLimitName, value: number): string {
  return limit === 'turnTime' ? `${Math.round(value / 1000)} s` : `${value} ${UNITS[limit]}`;
}

const USES: Record<TurnLimitName, string> = {
  turnModelCalls: 'has made #',
  turnToolCalls: 'has asked for #',
  turnTokens: 'has used #',
  turnTime: 'has worked for #',
  equalCalls: 'runs in a loop: its last # each repeated an earlier one (same tool, arguments and result)',
};

const UNITS: Record<Exclude<TurnLimitName, 'turnTime'>, string> = {
  turnModelCalls: 'model calls',
  turnToolCalls: 'tool calls',
  turnTokens: 'tokens',
  equalCalls: 'tool calls',
};
