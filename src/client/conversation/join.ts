import type { TranscriptPage } from '../../protocol/messages.ts';
import type { SessionBody } from '../../protocol/sessions.ts';
import { createAnswer } from './answers.ts';
import { addCall, createCall, updateCall } from './calls.ts';
import { addEntry, type Conversation, createConversation, NO_TOKENS } from './conversation.ts';
import type { CallProgress } from './entries.ts';
import { listShownFiles } from './files.ts';
import { addMessage } from './messages.ts';
import { addNotice } from './notices.ts';
import { addListedQuestion } from './questions.ts';

/** A message of the transcript; `working` tells whether it is an input of the running turn. */
type TranscriptLine = TranscriptPage['messages'][number] & { working: boolean };

/**
 * Creates the conversation of a session that is joined in the middle: from its latest messages, oldest first, and
 * then from its state, which must have been read before them. Following continues after the last message.
 */
export function joinConversation(state: SessionBody, messages: TranscriptPage['messages']): Conversation {
  const { session, agent, turn, quarantine, pending, approvals } = state;
  const open = turn && {
    number: turn.number,
    startedAt: turn.startedAt,
    retryAt: turn.retryAt,
    usage: NO_TOKENS,
  };
  const start = { ...createConversation(session, messages.at(-1)?.seq ?? 0), agent, turn: open };
  const lines = messages.map((line) => ({
    ...line,
    working: turn?.inputs.includes(line.input ?? '') === true,
  }));
  const told = lines.reduce(addLine, { ...start, quarantine: quarantine?.reason ?? null });
  const waiting = pending.reduce((view, { id, text, content = [], from = null }) => {
    const files = listShownFiles(content);
    return addMessage(view, { id, text, files, from, at: null, own: false, state: 'stored' });
  }, told);
  const inOrder = approvals.toSorted(
    (a, b) => a.requestedAt - b.requestedAt || (a.approval < b.approval ? -1 : 1),
  );
  return inOrder.reduce(addListedQuestion, waiting);
}

/** States of tool calls by the outcome that the transcript has of them. */
const CALL_STATES = {
  finished: 'finished',
  refused: 'refused',
  unknown: 'unknown',
} as const satisfies Record<NonNullable<TranscriptLine['outcome']>, CallProgress>;

function addLine(view: Conversation, line: TranscriptLine): Conversation {
  const { seq, at, role, text, call, outcome = 'finished', tool, input, files = [], working } = line;
  const state = working ? 'working' : 'ended';
  if (role === 'user')
    return addMessage(view, {
      id: input ?? `seq-${seq}`,
      text,
      files,
      from: null,
      at,
      own: false,
      state,
    });
  if (role === 'assistant') return addAnswerLine(view, line);
  if (role === 'system') return addNotice(view, line, { notice: 'note', text });
  const known = tool === undefined ? {} : { tool };
  return updateCall(
    view,
    { call: call ?? '', at },
    { ...known, state: CALL_STATES[outcome], result: text, files, endedAt: at },
  );
}

function addAnswerLine(
  view: Conversation,
  { seq, at, text, files = [], calls = [] }: TranscriptLine,
): Conversation {
  const step = Number.parseInt(calls[0]?.call ?? '0', 10);
  const answer = {
    ...createAnswer(step, 1, at),
    key: `answer:seq-${seq}`,
    text,
    files,
    state: 'finished',
  } as const;
  const said = text === '' && files.length === 0 ? view : addEntry(view, answer);
  return calls.reduce(
    (before, { call, tool, input }) => addCall(before, { ...createCall(call, at), tool, input }),
    said,
  );
}
