import type { ApprovalRecord } from '../approvals/records.ts';
import type { Input, RecordedEvent, RelayedQuestion, ReplyTo } from '../model/events.ts';
import { createInternalId } from '../model/internal-id.ts';
import type { SessionState } from '../model/state.ts';
import type { OutgoingInput } from './outgoing.ts';

/**
 * Relays questions up the delegation chain. Users look at the session that they talk to, not at those that work for it.
 * So a question goes from session to session to all that wait for the asking one, and its decision takes the same way.
 */

type QuestionInput = Extract<Input, { kind: 'question' }>;

/** Returns the inputs that tell the sessions waiting for this one about its own question. */
export function relayOwnQuestion(
  { turn }: SessionState,
  { approval, tool, input, rule, inquiry, expiresAt, state, from, note }: ApprovalRecord,
  session: string,
): OutgoingInput[] {
  const above = turn?.replies.map(({ to }) => to) ?? [];
  const asks = inquiry ? { inquiry } : {};
  return createQuestionInputs(above, {
    approval,
    session,
    tool,
    input,
    rule,
    ...asks,
    expiresAt,
    state,
    from,
    note,
  });
}

/** Returns the inputs that pass a question of a session below on to those above. */
export function relayDescendantQuestion(before: SessionState, event: RecordedEvent): OutgoingInput[] {
  if (event.type !== 'input_received' || event.input.kind !== 'question') return [];
  return createQuestionInputs(findAncestors(before, event.input), event.input.question);
}

/** Returns the open questions after this input: a pending question is added, a decided one removed. */
export function updateQuestions(state: SessionState, heard: QuestionInput): SessionState['questions'] {
  const { call, question } = heard;
  const { approval } = question;
  const others = state.questions.filter((each) => each.approval !== approval);
  if (question.state !== 'pending' || !isDelegatedCall(state, call)) return others;
  return [...others, { approval, call, above: findAncestors(state, heard) }];
}

function findAncestors(state: SessionState, { call, question }: QuestionInput): ReplyTo[] {
  if (question.state !== 'pending') {
    return state.questions.find(({ approval }) => approval === question.approval)?.above ?? [];
  }
  return state.turn && isDelegatedCall(state, call) ? state.turn.replies.map(({ to }) => to) : [];
}

/** Checks whether another session still works on the call. */
function isDelegatedCall({ turn }: SessionState, call: string): boolean {
  return (
    turn?.tools.some((tool) => tool.call === call && tool.child !== null && tool.phase === 'started') ?? false
  );
}

function createQuestionInputs(above: readonly ReplyTo[], question: RelayedQuestion): OutgoingInput[] {
  const id = createInternalId(`question-${question.approval}-${question.state}`);
  return above.map(({ session, call }) => ({
    session,
    agent: null,
    input: { kind: 'question', id, call, question },
  }));
}
