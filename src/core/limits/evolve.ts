import { continueInquiry, limitReason } from '../history/limit-wording.ts';
import type { Budget, LimitQuestion, ReachedLimit } from '../model/budget.ts';
import type { Recorded, SessionEvent } from '../model/events.ts';
import type { Turn } from '../model/state.ts';

/** Folds the events of the question whether a turn may continue at a limit. */

type Event<T extends SessionEvent['type']> = Recorded & Extract<SessionEvent, { type: T }>;

export function askedToContinue(
  budget: Budget,
  { approval: id, expiresAt, at: requestedAt }: Event<'approval_requested'>,
  reached: ReachedLimit,
): Budget {
  const inquiry = continueInquiry(reached);
  const question: LimitQuestion = { id, reached, inquiry, requestedAt, expiresAt };
  return { ...budget, question, asked: budget.asked + 1 };
}

/** Applies the decision: approved extends the limit, denied or expired ends the turn, superseded does neither. */
export function decidedToContinue(turn: Turn, event: Event<'approval_resolved'>): Partial<Turn> {
  const { question, ...rest } = turn.budget;
  const budget: Budget = { ...rest, question: null };
  if (!question || event.decision === 'superseded') return { budget };
  const { limit } = question.reached;
  if (event.decision === 'approved') {
    const extended = { ...budget.extended, [limit]: (budget.extended[limit] ?? 0) + 1 };
    return { budget: { ...budget, extended } };
  }
  const reason = limitReason(question.reached, event);
  return { budget, ending: { outcome: 'failed', reason, quarantine: false } };
}
