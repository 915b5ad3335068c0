import { asked, decided } from './approvals/evolve.ts';
import { withQuestion } from './delegation/questions.ts';
import { type Changes, dueCall, inCall, inTurn, settle } from './evolve-calls.ts';
import { afterCompaction, afterOverflow, compacted, counted, extended } from './history/history.ts';
import { limitReason } from './history/limit-wording.ts';
import {
  childCancelled,
  childSetAside,
  notMadeAgain,
  outcomeUnknown,
  receivedMessage,
  refused,
} from './history/wording.ts';
import { withBudget } from './limits/budget.ts';
import { askedToContinue, decidedToContinue } from './limits/evolve.ts';
import { newBudget } from './model/budget.ts';
import { withCrash } from './model/crashes.ts';
import type { Recorded, SessionEvent } from './model/events.ts';
import { RESERVED } from './model/internal-id.ts';
import type { Message, ToolCallPart } from './model/message.ts';
import { textOf, userMessage } from './model/message.ts';
import { callName, newsOf, withCut, withUnknown } from './model/pending-notice.ts';
import type { ModelCall, SessionState, Turn } from './model/state.ts';
import { initialState, noNews, unknownRoom } from './model/state.ts';

/** Folds one event into the state. Total: every event on every state gives a state, as events are decided already. */
export function evolve(state: SessionState, event: Recorded): SessionState {
  return withBudget(state, { ...state, ...changes(state, event), seq: event.seq }, event);
}

export function fold(events: Iterable<Recorded>, from: SessionState = initialState()): SessionState {
  let state = from;
  for (const event of events) state = evolve(state, event);
  return state;
}

type Fold<T extends SessionEvent['type']> = (
  state: SessionState,
  event: Recorded & Extract<SessionEvent, { type: T }>,
) => Changes;

const folds: { [T in SessionEvent['type']]: Fold<T> } = {
  session_created: (_, { agent }) => ({ agent }),

  input_received: (state, { input }) => {
    if (input.kind === 'message') {
      const { kind: _, depth, ...message } = input;
      return { pending: [...state.pending, message], depth: Math.max(state.depth, depth ?? 0) };
    }
    if (input.kind === 'question') return { questions: withQuestion(state, input) };
    if (input.kind !== 'cancel') return {};
    const reason = input.reason ?? 'cancelled on request';
    return inTurn(state, { ending: { outcome: 'cancelled', reason, quarantine: false } });
  },

  input_closed: (state, { inputs }) => ({ pending: without(state, inputs) }),

  turn_started: (state, { turn, inputs, at }) => ({
    ...take(state, inputs),
    turns: turn,
    turn: {
      number: turn,
      inputs,
      from: state.pending.find(({ id }) => inputs.includes(id))?.from ?? null,
      replies: repliesOf(state, inputs),
      children: 0,
      startedAt: at,
      call: null,
      tools: [],
      retryAt: null,
      began: state.history.length,
      room: unknownRoom,
      ending: null,
      answer: null,
      generation: null,
      news: noNews,
      budget: newBudget(at),
    },
  }),

  turn_joined: (state, { inputs }) => ({
    ...take(state, inputs),
    ...inTurn(state, {
      inputs: [...(state.turn?.inputs ?? []), ...inputs],
      replies: [...(state.turn?.replies ?? []), ...repliesOf(state, inputs)],
    }),
  }),

  model_call_started: (state, { step, attempt, generation, model, piece = null }) => {
    const before = state.turn?.call;
    const again = before?.step === step ? before : undefined;
    const call: ModelCall = {
      step,
      piece,
      model,
      attempt,
      phase: 'started',
      cause: null,
      reason: '',
      crashes: again?.crashes ?? 0,
      sharedCrashes: again?.sharedCrashes ?? 0,
      failures: again?.failures ?? 0,
    };
    const room = state.turn?.room ?? unknownRoom;
    // An answer after a failed compaction: the compaction is not tried again.
    const known = before?.piece && !piece ? { ...room, givenUp: before.reason } : room;
    return { steps: step, ...inTurn(state, { call, room: known, retryAt: null, generation }) };
  },

  model_call_finished: (state, { step, content, finish, usage }) => {
    const by = state.turn?.call ? { model: state.turn.call.model } : {};
    const message: Message = { role: 'assistant', content, ...by };
    const parts = content.filter((part) => part.type === 'tool-call' && !part.providerExecuted);
    const tools = (parts as ToolCallPart[]).map((part, position) => dueCall(`${step}.${position + 1}`, part));
    const answer = tools.length === 0 ? { text: textOf(message), finish } : null;
    return {
      ...counted(content.length === 0 ? state : extended(state, [message]), usage),
      ...inTurn(state, { call: null, tools, answer, news: noNews }),
    };
  },

  model_call_interrupted: (state, { step, cause, reason, blame }) => {
    const { call, room } = state.turn ?? {};
    if (!call || !room) return {};
    const failures = call.failures + (cause === 'cut' || cause === 'unavailable' ? 1 : 0);
    return inTurn(state, {
      call: { ...call, ...withCrash(call, cause, blame), phase: 'interrupted', cause, reason, failures },
      room: cause === 'overflow' ? afterOverflow(room, call, state.size) : room,
      news: withCut(state, cause, `model call ${step}`),
    });
  },

  retry_scheduled: (state, { until }) => inTurn(state, { retryAt: until }),

  tool_call_started: (state, { call, attempt, effect, resumable, generation, child = null, at }) =>
    inCall(
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
    inCall(state, call, (tool) => ({ ...tool, ...withCrash(tool, cause, blame), phase: 'interrupted' }), {
      news: withCut(state, cause, callName(state, call)),
    }),

  tool_call_finished: (state, { call, output }) => settle(state, call, () => output),
  tool_call_asked: (state, { call, resume }) =>
    inCall(state, call, (tool) => ({
      ...tool,
      phase: 'asked',
      startedAt: 0,
      asked: { resume, from: tool.questions.length },
    })),

  tool_call_refused: (state, { call, reason }) =>
    settle(state, call, ({ phase }) => (phase === 'asked' ? notMadeAgain(reason) : refused(reason))),

  tool_call_outcome_unknown: (state, { call, startedAt, poison, reason }) => {
    const news = withUnknown(state, callName(state, call));
    const settled = settle(state, call, (tool) =>
      reason === undefined ? outcomeUnknown(tool, startedAt) : childSetAside(tool, reason),
    );
    if (!settled.turn) return settled;
    const ending = poison ? ({ outcome: 'failed', reason: poison, quarantine: true } as const) : null;
    return { ...settled, turn: { ...settled.turn, news, ending: settled.turn.ending ?? ending } };
  },

  child_cancelled: (state, { call, child, reason }) =>
    settle(state, call, () => childCancelled(child, reason)),

  approval_requested: (state, event) =>
    event.reached && state.turn
      ? inTurn(state, { budget: askedToContinue(state.turn.budget, event, event.reached) })
      : inCall(state, event.call, (tool) => asked(tool, event)),

  approval_resolved: (state, event) =>
    state.turn?.budget.question?.id === event.approval
      ? inTurn(state, decidedToContinue(state.turn, event))
      : inCall(state, event.call, (tool) => decided(tool, event)),

  turn_limit_reached: (state, { reached }) =>
    inTurn(state, { ending: { outcome: 'failed', reason: limitReason(reached), quarantine: false } }),

  system_note_added: (state, { text }) => extended(state, [userMessage(text)]),

  history_compacted: (state, { summary, from, dropped }) => {
    const piece = { from, count: dropped };
    const { turn } = state;
    return {
      ...compacted(state, piece, summary),
      ...(turn ? inTurn(state, afterCompaction(turn, state, piece, summary)) : {}),
    };
  },

  turn_finished: (_, { turn, outcome, reason }) => ({
    turn: null,
    last: reason === undefined ? { turn, outcome } : { turn, outcome, reason },
  }),

  session_handed_over: (state, { to, cause, reason, keys, by }) => {
    const news = newsOf(state);
    const restart = { cause, reason, keys, ...(by === undefined ? {} : { by }) };
    return inTurn(state, {
      generation: to,
      news: { ...news, restarts: [...news.restarts, restart] },
    });
  },
  session_quarantined: (_, { reason, at }) => ({ quarantine: { reason, at } }),
  session_released: () => ({ quarantine: null }),
};

function changes(state: SessionState, event: Recorded): Changes {
  const apply = folds[event.type] as Fold<SessionEvent['type']>;
  return apply(state, event);
}

/** Moves pending messages into the history, each as the model sees it. */
function take(state: SessionState, inputs: string[]): Changes {
  let { senders } = state;
  const messages = state.pending
    .filter((message) => inputs.includes(message.id))
    .map(({ id, text, from = null }) => {
      const counts = !id.startsWith(RESERVED) && senders.length < 2 && !senders.includes(from);
      if (counts) senders = [...senders, from];
      return receivedMessage(text, from, senders.length > 1);
    });
  return { senders, pending: without(state, inputs), ...extended(state, messages) };
}

function repliesOf(state: SessionState, inputs: string[]): Turn['replies'] {
  return state.pending.flatMap(({ id, replyTo }) =>
    replyTo && inputs.includes(id) ? [{ input: id, to: replyTo }] : [],
  );
}

function without(state: SessionState, inputs: string[]) {
  return state.pending.filter((message) => !inputs.includes(message.id));
}
