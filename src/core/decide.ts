import { retryDelay } from './backoff.ts';
import {
  approvalId,
  ask,
  askToContinue,
  requested,
  resolveApproval,
  supersede,
  withdraw,
} from './decide-approvals.ts';
import type {
  Blame,
  BlobRef,
  Handover,
  Input,
  ModelInterruption,
  Purpose,
  SessionEvent,
  Usage,
} from './events.ts';
import { type Inquiry, MOST_QUESTIONS } from './inquiry.ts';
import type { AssistantPart, Json, ToolOutput } from './message.ts';
import { textOf } from './message.ts';
import { childName } from './outbox.ts';
import type { ModelCall, SessionState, ToolCall } from './state.ts';
import type { Policy, Step } from './step.ts';
import { childResult, restartNote, tooManyQuestions } from './wording.ts';

/** What happened to the session, or is about to. */
export type Command =
  | { type: 'receive'; agent: string; input: Input }
  | { type: 'begin'; step: Exclude<Step, { kind: 'abort' | 'wait' }> }
  | { type: 'end_model_call'; step: number; result: ModelEnd }
  | { type: 'end_tool_call'; call: string; result: ToolEnd }
  /** A call that runs asks people something, and waits. */
  | { type: 'ask'; call: string; inquiry: Inquiry }
  /** Running calls cannot wait for people any longer, for their process leaves; or one question is not needed. */
  | { type: 'withdraw'; only?: { call: string; key: string } }
  /** This generation goes on with what an earlier one began. */
  | ({ type: 'take_over' } & Handover);

export type ModelEnd =
  | { kind: 'finished'; content: AssistantPart[]; finish: string; usage?: Usage }
  | {
      kind: 'interrupted';
      cause: Exclude<ModelInterruption, 'crash'>;
      reason: string;
      partial: string;
      retryAfter?: number;
    };

export type ToolEnd =
  | { kind: 'finished'; output: ToolOutput; blob?: BlobRef }
  /** It wants to be called again with the answers, and with `resume`. */
  | { kind: 'asked'; questions: Inquiry[]; resume: Json }
  /** We stopped waiting for it to hand over; a resumable call goes on outside. */
  | { kind: 'interrupted' };

/** What events carry that neither the state nor the command knows. */
export interface Context extends Policy {
  generation: number;
  revision: number;
  /** The name of the session. */
  session: string;
  /** The models that the session's agent uses now, for answers and for summaries. */
  models: Record<Purpose, string>;
  /** What the death of the process that ran the session before says about the steps that it lost. */
  blame: Blame;
  /** Milliseconds until a question of a tool expires. */
  patience: number;
  key(call: string): string;
}

/** The events that a command means. Commands about steps that are over give none: a late result changes nothing. */
export function decide(state: SessionState, command: Command, context: Context): SessionEvent[] {
  switch (command.type) {
    case 'receive':
      return receive(state, command.agent, command.input);
    case 'begin':
      return begin(state, command.step, context);
    case 'end_model_call':
      return endModelCall(state, command.step, command.result, context);
    case 'end_tool_call':
      return endToolCall(state, command.call, command.result, context);
    case 'ask':
      return ask(state, command.call, command.inquiry, context);
    case 'withdraw':
      return withdraw(state, command.only);
    case 'take_over': {
      const { type: _, ...handover } = command;
      return takeOver(state, handover, context.generation);
    }
  }
}

function receive(state: SessionState, agent: string, input: Input): SessionEvent[] {
  const created: SessionEvent[] = state.seq === 0 ? [{ type: 'session_created', agent }] : [];
  const received: SessionEvent[] = [...created, { type: 'input_received', input }];
  if (input.kind === 'release') {
    return state.quarantine ? [...received, { type: 'session_released', by: input.from ?? '' }] : received;
  }
  if (input.kind === 'cancel') {
    const reason = input.reason ?? 'cancelled on request';
    return [...received, ...closeInputs(pendingIds(state), 'cancelled', reason)];
  }
  if (input.kind === 'approval') return [...received, ...resolveApproval(state, input)];
  if (input.kind === 'result') return [...received, ...endChild(state, input)];
  if (input.kind === 'question') return received;
  if (!state.quarantine) return received;
  return [
    ...received,
    ...closeInputs([input.id], 'failed', `the session is quarantined: ${state.quarantine.reason}`),
  ];
}

function endChild(
  { turn }: SessionState,
  { call, outcome, text }: Extract<Input, { kind: 'result' }>,
): SessionEvent[] {
  const tool = turn?.tools.find((each) => each.call === call);
  if (tool?.phase !== 'started' || tool.child === null) return [];
  if (outcome === 'unknown') {
    return [{ type: 'tool_call_outcome_unknown', call, startedAt: tool.startedAt, reason: text }];
  }
  const output = childResult(tool.child, outcome, text);
  return [{ type: 'tool_call_finished', call, output }];
}

/** Only an open turn in which another generation has begun something is taken over; the rest is a beginning. */
function takeOver({ turn, quarantine }: SessionState, handover: Handover, to: number): SessionEvent[] {
  const from = turn?.generation ?? to;
  if (quarantine || from === to) return [];
  return [{ type: 'session_handed_over', from, to, ...handover }];
}

function closeInputs(
  inputs: string[],
  outcome: 'cancelled' | 'failed' | 'expired',
  reason: string,
): SessionEvent[] {
  return inputs.length === 0 ? [] : [{ type: 'input_closed', inputs, outcome, reason }];
}

function pendingIds(state: SessionState): string[] {
  return state.pending.map((message) => message.id);
}

function begin(
  state: SessionState,
  step: Extract<Command, { type: 'begin' }>['step'],
  context: Context,
): SessionEvent[] {
  const { generation, revision } = context;
  switch (step.kind) {
    case 'expire_input': {
      const reason = `it was to be begun by ${new Date(step.deadline).toISOString()}, and was not`;
      return closeInputs([step.input], 'expired', reason);
    }
    case 'open_turn':
      return [{ type: 'turn_started', turn: step.turn, inputs: step.inputs }];
    case 'join_turn':
      return [{ type: 'turn_joined', turn: step.turn, inputs: step.inputs }];
    case 'call_model':
      return [beginModelCall(step, context)];
    case 'run_tool': {
      const { call, attempt, effect, resumable, delegate } = step;
      const key = context.key(call);
      const child = delegate ? { child: childName(context.session, call) } : {};
      const by = { attempt, generation, revision };
      return [
        ...supersede(state, call),
        { type: 'tool_call_started', call, effect, resumable, key, ...child, ...by },
      ];
    }
    case 'ask_approval': {
      const { call, rule, expiresAt } = step;
      const approval = approvalId(state, call, context);
      return [{ type: 'approval_requested', approval, call, rule, expiresAt }];
    }
    case 'expire_approval':
      return [{ type: 'approval_resolved', approval: step.approval, call: step.call, decision: 'expired' }];
    case 'ask_to_continue':
      return [askToContinue(step.turn, step.reached, context)];
    case 'end_at_limit':
      return [{ type: 'turn_limit_reached', turn: step.turn.number, reached: step.reached }];
    case 'withdraw_question':
      return supersede(state, step.call);
    case 'cancel_child': {
      const { kind: _, ...cancelled } = step;
      return [{ type: 'child_cancelled', ...cancelled }];
    }
    case 'lose_model_call': {
      const { step: number, attempt } = step;
      const reason = 'the process that made the call died';
      return [
        {
          type: 'model_call_interrupted',
          step: number,
          attempt,
          cause: 'crash',
          reason,
          ...blameOf(context),
        },
      ];
    }
    case 'lose_tool_call':
      return [
        ...supersede(state, step.call),
        {
          type: 'tool_call_interrupted',
          call: step.call,
          attempt: step.attempt,
          cause: 'crash',
          ...blameOf(context),
        },
      ];
    case 'refuse_tool':
      return [
        ...supersede(state, step.call),
        { type: 'tool_call_refused', call: step.call, reason: step.reason },
      ];
    case 'give_up_tool': {
      const { kind: _, ...unknown } = step;
      return [...supersede(state, step.call), { type: 'tool_call_outcome_unknown', ...unknown }];
    }
    case 'close_turn':
      return closeTurn(state, step);
  }
}

function blameOf({ blame }: Context): { blame?: Exclude<Blame, 'sole'> } {
  return blame === 'sole' ? {} : { blame };
}

function beginModelCall(
  { step, attempt, piece }: Extract<Step, { kind: 'call_model' }>,
  { generation, revision, models }: Context,
): SessionEvent {
  const purpose = piece ? 'compaction' : 'answer';
  const reads = piece ? { piece: { from: piece.from, count: piece.count } } : {};
  const by = { attempt, generation, revision };
  return { type: 'model_call_started', step, purpose, ...reads, model: models[purpose], ...by };
}

function closeTurn(state: SessionState, step: Extract<Step, { kind: 'close_turn' }>): SessionEvent[] {
  const { turn, outcome, reason, quarantine } = step;
  const { number, inputs } = turn;
  const why = reason === undefined ? {} : { reason };
  const finished: SessionEvent = { type: 'turn_finished', turn: number, inputs, outcome, ...why };
  if (!quarantine) return [finished];
  const cause = reason ?? outcome;
  return [
    finished,
    ...closeInputs(pendingIds(state), 'failed', `the session is quarantined: ${cause}`),
    { type: 'session_quarantined', reason: cause },
  ];
}

function endModelCall(state: SessionState, step: number, result: ModelEnd, context: Context): SessionEvent[] {
  if (!state.turn) return [];
  const { call, news } = state.turn;
  if (call?.step !== step || call.phase !== 'started') return [];
  if (result.kind === 'interrupted') return interruptModelCall(call, result, context);
  const { content, finish, usage } = result;
  const used = usage === undefined ? {} : { usage };
  if (!call.piece) {
    const told = restartNote(news);
    const note: SessionEvent[] = told === null ? [] : [{ type: 'system_note_added', text: told }];
    return [...note, { type: 'model_call_finished', step, content, finish, ...used }];
  }
  const summary = textOf({ role: 'assistant', content });
  if (summary.trim() === '') return interruptModelCall(call, NO_SUMMARY, context);
  const { from, count: dropped } = call.piece;
  return [{ type: 'history_compacted', step, summary, from, dropped, ...used }];
}

type Interrupted = Extract<ModelEnd, { kind: 'interrupted' }>;

/** Putting nothing in the place of the history would lose it for the model. */
const NO_SUMMARY: Interrupted = {
  kind: 'interrupted',
  cause: 'cut',
  reason: 'the model returned no summary of the conversation',
  partial: '',
};

function interruptModelCall(call: ModelCall, result: Interrupted, context: Context): SessionEvent[] {
  const { step, attempt } = call;
  const { cause, reason, partial, retryAfter } = result;
  const shown = partial === '' ? {} : { partial };
  const interrupted: SessionEvent = {
    type: 'model_call_interrupted',
    step,
    attempt,
    cause,
    reason,
    ...shown,
  };
  const failures = call.failures + 1;
  const again = (cause === 'cut' || cause === 'unavailable') && failures < context.limits.modelAttempts;
  if (!again) return [interrupted];
  const until = context.now + retryDelay(failures, retryAfter);
  return [interrupted, { type: 'retry_scheduled', step, until }];
}

function endToolCall(state: SessionState, call: string, result: ToolEnd, context: Context): SessionEvent[] {
  const tool = state.turn?.tools.find((candidate) => candidate.call === call);
  if (tool?.phase !== 'started') return [];
  return [...supersede(state, call), ...toolEnd(tool, result, context)];
}

function toolEnd(tool: ToolCall, result: ToolEnd, context: Context): SessionEvent[] {
  const { call, attempt, questions: before } = tool;
  if (result.kind === 'interrupted') {
    return [{ type: 'tool_call_interrupted', call, attempt, cause: 'shutdown' }];
  }
  if (result.kind === 'finished') {
    const { output, blob } = result;
    return [{ type: 'tool_call_finished', call, output, ...(blob === undefined ? {} : { blob }) }];
  }
  const { questions, resume } = result;
  if (before.length + questions.length > MOST_QUESTIONS) {
    return [{ type: 'tool_call_finished', call, output: tooManyQuestions(MOST_QUESTIONS) }];
  }
  const asked = questions.map((question, index) => requested(tool, question, index + 1, context));
  return [{ type: 'tool_call_asked', call, attempt, resume }, ...asked];
}
