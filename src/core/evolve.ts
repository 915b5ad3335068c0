import { addCallQuestion, applyCallDecision } from './approvals/evolve.ts';
import { updateQuestions } from './delegation/questions.ts';
import { changeCall, changeTurn, createDueCall, type StateChanges, settleCall } from './evolve-calls.ts';
import {
  appendMessages,
  applySummary,
  applyTokenCount,
  recordCompaction,
  recordOverflow,
} from './history/history.ts';
import { describeReachedLimit } from './history/limit-wording.ts';
import {
  describeCancelledChild,
  describeQuarantinedChild,
  describeRefusedCall,
  describeUnknownOutcome,
  describeUnresumedCall,
  formatReceivedMessage,
} from './history/wording.ts';
import { updateTurnUsage } from './limits/budget.ts';
import { addLimitQuestion, applyLimitDecision } from './limits/evolve.ts';
import { createTurnUsage } from './model/budget.ts';
import { addCrash } from './model/crashes.ts';
import type { RecordedEvent, SessionEvent } from './model/events.ts';
import { RESERVED_PREFIX } from './model/internal-id.ts';
import type { ModelMessage } from './model/message.ts';
import { createUserMessage, extractContent, listToolCalls } from './model/message.ts';
import {
  addInterruptedStep,
  addUnknownOutcome,
  formatCallName,
  getPendingNotice,
} from './model/pending-notice.ts';
import type { ModelCall, SessionState, Turn } from './model/state.ts';
import { createInitialState, emptyNotice, noContextFeedback } from './model/state.ts';
import { findWorkOrigin } from './usage/origin.ts';

/** Folds one event into the state. Total: every event on every state gives a state, as events are decided already. */
export function applyEvent(state: SessionState, event: RecordedEvent): SessionState {
  return updateTurnUsage(state, { ...state, ...foldChanges(state, event), seq: event.seq }, event);
}

export function foldEvents(
  events: Iterable<RecordedEvent>,
  from: SessionState = createInitialState(),
): SessionState {
  let state = from;
  for (const event of events) state = applyEvent(state, event);
  return state;
}

type EventFold<T extends SessionEvent['type']> = (
  state: SessionState,
  event: RecordedEvent & Extract<SessionEvent, { type: T }>,
) => StateChanges;

const folds: { [T in SessionEvent['type']]: EventFold<T> } = {
  session_created: (_, { agent }) => ({ agent }),

  input_received: (state, { input }) => {
    if (input.kind === 'message') {
      const { kind: _, depth, ...message } = input;
      return { pending: [...state.pending, message], depth: Math.max(state.depth, depth ?? 0) };
    }
    if (input.kind === 'question') return { questions: updateQuestions(state, input) };
    if (input.kind !== 'cancel') return {};
    const reason = input.reason ?? 'cancelled on request';
    return changeTurn(state, { ending: { outcome: 'cancelled', reason, quarantine: false } });
  },

  input_closed: (state, { inputs }) => ({ pending: removePending(state, inputs) }),

  turn_started: (state, { turn, inputs, at }) => ({
    ...moveToHistory(state, inputs),
    turns: turn,
    turn: {
      number: turn,
      inputs,
      from: findFirst(state, inputs)?.from ?? null,
      origin: findWorkOrigin(findFirst(state, inputs)),
      replies: collectReplies(state, inputs),
      children: 0,
      startedAt: at,
      call: null,
      tools: [],
      retryAt: null,
      began: state.history.length,
      room: noContextFeedback,
      ending: null,
      answer: null,
      generation: null,
      news: emptyNotice,
      budget: createTurnUsage(at),
    },
  }),

  turn_joined: (state, { inputs }) => ({
    ...moveToHistory(state, inputs),
    ...changeTurn(state, {
      inputs: [...(state.turn?.inputs ?? []), ...inputs],
      replies: [...(state.turn?.replies ?? []), ...collectReplies(state, inputs)],
    }),
  }),

  model_call_started: (state, { at, step, attempt, generation, model, piece = null }) => {
    const before = state.turn?.call;
    const again = before?.step === step ? before : undefined;
    const call: ModelCall = {
      step,
      piece,
      model,
      attempt,
      startedAt: at,
      phase: 'started',
      cause: null,
      reason: '',
      crashes: again?.crashes ?? 0,
      sharedCrashes: again?.sharedCrashes ?? 0,
      failures: again?.failures ?? 0,
    };
    const room = state.turn?.room ?? noContextFeedback;
    // An answer after a failed compaction: the compaction is not tried again.
    const known = before?.piece && !piece ? { ...room, givenUp: before.reason } : room;
    return { steps: step, ...changeTurn(state, { call, room: known, retryAt: null, generation }) };
  },

  model_call_finished: (state, { step, content, finish, usage }) => {
    const by = state.turn?.call ? { model: state.turn.call.model } : {};
    const message: ModelMessage = { role: 'assistant', content, ...by };
    const tools = listToolCalls(step, content).map(({ call, part }) => createDueCall(call, part));
    const answer = tools.length === 0 ? { content: extractContent(content), finish } : null;
    return {
      ...applyTokenCount(content.length === 0 ? state : appendMessages(state, [message]), usage),
      ...changeTurn(state, { call: null, tools, answer, news: emptyNotice }),
    };
  },

  model_call_interrupted: (state, { step, cause, reason, blame }) => {
    const { call, room } = state.turn ?? {};
    if (!call || !room) return {};
    const failures = call.failures + (cause === 'cut' || cause === 'unavailable' ? 1 : 0);
    return changeTurn(state, {
      call: { ...call, ...addCrash(call, cause, blame), phase: 'interrupted', cause, reason, failures },
      room: cause === 'overflow' ? recordOverflow(room, call, state.size) : room,
      news: addInterruptedStep(state, cause, `model call ${step}`),
    });
  },

  retry_scheduled: (state, { until }) => changeTurn(state, { retryAt: until }),

  tool_call_started: (state, { call, attempt, effect, resumable, generation, child = null, at }) =>
    changeCall(
      state,
      call,
      (tool) => ({
        ...tool,
        phase: 'started',
        attempt,
        effect,
        resumable,
        child,
        startedAt: tool.startedAt || at,
      }),
      { generation, children: (state.turn?.children ?? 0) + (child === null ? 0 : 1) },
    ),

  tool_call_interrupted: (state, { call, cause, blame }) =>
    changeCall(state, call, (tool) => ({ ...tool, ...addCrash(tool, cause, blame), phase: 'interrupted' }), {
      news: addInterruptedStep(state, cause, formatCallName(state, call)),
    }),

  tool_call_finished: (state, { call, output }) => settleCall(state, call, () => output),
  tool_call_asked: (state, { call, resume }) =>
    changeCall(state, call, (tool) => ({
      ...tool,
      phase: 'asked',
      startedAt: 0,
      asked: { resume, from: tool.questions.length },
    })),

  tool_call_refused: (state, { call, reason }) =>
    settleCall(state, call, ({ phase }) =>
      phase === 'asked' ? describeUnresumedCall(reason) : describeRefusedCall(reason),
    ),

  tool_call_outcome_unknown: (state, { call, startedAt, poison, reason }) => {
    const news = addUnknownOutcome(state, formatCallName(state, call));
    const settled = settleCall(state, call, (tool) =>
      reason === undefined ? describeUnknownOutcome(tool, startedAt) : describeQuarantinedChild(tool, reason),
    );
    if (!settled.turn) return settled;
    const ending = poison ? ({ outcome: 'failed', reason: poison, quarantine: true } as const) : null;
    return { ...settled, turn: { ...settled.turn, news, ending: settled.turn.ending ?? ending } };
  },

  child_cancelled: (state, { call, child, reason }) =>
    settleCall(state, call, () => describeCancelledChild(child, reason)),

  approval_requested: (state, event) =>
    event.reached && state.turn
      ? changeTurn(state, { budget: addLimitQuestion(state.turn.budget, event, event.reached) })
      : changeCall(state, event.call, (tool) => addCallQuestion(tool, event)),

  approval_resolved: (state, event) =>
    state.turn?.budget.question?.id === event.approval
      ? changeTurn(state, applyLimitDecision(state.turn, event))
      : changeCall(state, event.call, (tool) => applyCallDecision(tool, event)),

  turn_limit_reached: (state, { reached }) =>
    changeTurn(state, {
      ending: { outcome: 'failed', reason: describeReachedLimit(reached), quarantine: false },
    }),

  system_note_added: (state, { text }) => appendMessages(state, [createUserMessage(text)]),

  history_compacted: (state, { summary, from, dropped }) => {
    const piece = { from, count: dropped };
    const { turn } = state;
    return {
      ...applySummary(state, piece, summary),
      ...(turn ? changeTurn(state, recordCompaction(turn, state, piece, summary)) : {}),
    };
  },

  turn_finished: (_, { turn, outcome, reason }) => ({
    turn: null,
    last: reason === undefined ? { turn, outcome } : { turn, outcome, reason },
  }),

  session_handed_over: (state, { to, cause, reason, keys, by }) => {
    const news = getPendingNotice(state);
    const restart = { cause, reason, keys, ...(by === undefined ? {} : { by }) };
    return changeTurn(state, {
      generation: to,
      news: { ...news, restarts: [...news.restarts, restart] },
    });
  },
  session_quarantined: (_, { reason, at }) => ({ quarantine: { reason, at } }),
  session_released: () => ({ quarantine: null }),
};

function foldChanges(state: SessionState, event: RecordedEvent): StateChanges {
  const apply = folds[event.type] as EventFold<SessionEvent['type']>;
  return apply(state, event);
}

/** Moves pending messages into the history, each as the model sees it. */
function moveToHistory(state: SessionState, inputs: string[]): StateChanges {
  let { senders } = state;
  const messages = state.pending
    .filter((message) => inputs.includes(message.id))
    .map(({ id, content, from = null }) => {
      const counts = !id.startsWith(RESERVED_PREFIX) && senders.length < 2 && !senders.includes(from);
      if (counts) senders = [...senders, from];
      return formatReceivedMessage(content, from, senders.length > 1);
    });
  return { senders, pending: removePending(state, inputs), ...appendMessages(state, messages) };
}

/** Returns the pending message that arrived first among these inputs. */
function findFirst({ pending }: SessionState, inputs: string[]) {
  return pending.find(({ id }) => inputs.includes(id));
}

function collectReplies(state: SessionState, inputs: string[]): Turn['replies'] {
  return state.pending.flatMap(({ id, replyTo }) =>
    replyTo && inputs.includes(id) ? [{ input: id, to: replyTo }] : [],
  );
}

function removePending(state: SessionState, inputs: string[]) {
  return state.pending.filter((message) => !inputs.includes(message.id));
}
