import { createContinueElicitation, describeReachedLimit } from '../history/limit-wording.ts';
import type { LimitQuestion, ReachedLimit, TurnUsage } from '../model/budget.ts';
import type { RecordedEvent, SessionEvent } from '../model/events.ts';
import type { Turn } from '../model/state.ts';

/** Folds the events of the question whether a turn may continue at a limit. */

type Event<T extends SessionEvent['type']> = RecordedEvent & Extract<SessionEvent, { type: T }>;

export function addLimitQuestion(
  budget: TurnUsage,
  { approval: id, expiresAt, at: requestedAt }: Event<'approval_requested'>,
  reached: ReachedLimit,
): TurnUsage {
  const inquiry = createContinueElicitation(reached);
  const question: LimitQuestion = { id, reached, inquiry, requestedAt, expiresAt };
  return { ...budget, question, asked: budget.asked + 1 };
}

/** Applies the decision: approved extends the limit, denied or expired ends the turn, superseded does neither. */
export function applyLimitDecision(turn: Turn, event: Event<'approval_resolved'>): Partial<Turn> {
  const { question, ...rest } = turn.budget;
  const budget: TurnUsage = { ...rest, question: null };
  if (!question || event.decision === 'superseded') return { budget };
  const { limit } = question.reached;
  if (event.decision === 'approved') {
    const extended = { ...budget.extended, [limit]: (budget.extended[limit] ?? 0) + 1 };
    return { budget: { ...budget, extended } };
  }
  const reason = describeReachedLimit(question.reached, event);
  return { budget, ending: { outcome: 'failed', reason, quarantine: false } };
}
