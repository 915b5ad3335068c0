import { createTurnCallId } from '../model/budget.ts';
import type { Environment, NextAction } from '../model/next-action.ts';
import type { Turn } from '../model/state.ts';
import { findReachedLimit } from './budget.ts';

/**
 * Returns the actions that come before the next step of a turn that has reached a limit; null when it has reached none.
 * Limits are checked only before a step starts: a running step has a limit of its own and is not cut.
 */
export function planLimitActions(turn: Turn, policy: Environment): NextAction[] | null {
  const { question } = turn.budget;
  const { limits, now } = policy;
  const reached = limits.turn ? findReachedLimit(turn, limits.turn, now) : null;
  // The limit was raised meanwhile, so the question is no longer needed.
  if (question && reached?.limit !== question.reached.limit) return [withdrawLimitQuestion(turn)];
  if (!reached) return null;
  if (!question) {
    const kind = limits.turn?.atTurnLimit === 'ask' ? 'ask_to_continue' : 'end_at_limit';
    return [{ kind, turn, reached }];
  }
  if (question.expiresAt <= now)
    return [{ kind: 'expire_approval', call: createTurnCallId(turn.number), approval: question.id }];
  return [{ kind: 'wait', until: question.expiresAt }];
}

/** Returns the action that withdraws the question whether the turn may continue. */
export function withdrawLimitQuestion({ number }: Turn): NextAction {
  return { kind: 'withdraw_question', call: createTurnCallId(number) };
}

/** Checks that none of the calls of the last answer has been started or has needed an approval yet. */
export function areCallsUnstarted({ tools }: Turn): boolean {
  return tools.every(({ phase, approval }) => phase === 'due' && approval === null);
}
