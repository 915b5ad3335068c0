import { turnCall } from '../model/budget.ts';
import type { Policy, Step } from '../model/next-action.ts';
import type { Turn } from '../model/state.ts';
import { reachedLimit } from './budget.ts';

/**
 * What stands between a turn and its next step when the turn has used up a limit; null when nothing does. Limits are
 * looked at where a step is about to begin: what runs has a limit of its own and is not cut.
 */
export function limitSteps(turn: Turn, policy: Policy): Step[] | null {
  const { question } = turn.budget;
  const { limits, now } = policy;
  const reached = limits.turn ? reachedLimit(turn, limits.turn, now) : null;
  // A limit that was raised meanwhile makes the question needless.
  if (question && reached?.limit !== question.reached.limit) return [withdrawQuestion(turn)];
  if (!reached) return null;
  if (!question) {
    const kind = limits.turn?.atTurnLimit === 'ask' ? 'ask_to_continue' : 'end_at_limit';
    return [{ kind, turn, reached }];
  }
  if (question.expiresAt <= now)
    return [{ kind: 'expire_approval', call: turnCall(turn.number), approval: question.id }];
  return [{ kind: 'wait', until: question.expiresAt }];
}

/** The question whether the turn may continue is no longer needed. */
export function withdrawQuestion({ number }: Turn): Step {
  return { kind: 'withdraw_question', call: turnCall(number) };
}

/** Calls of the last answer none of which was begun or asked about. */
export function areFresh({ tools }: Turn): boolean {
  return tools.every(({ phase, approval }) => phase === 'due' && approval === null);
}
