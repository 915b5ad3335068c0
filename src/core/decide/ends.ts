import { requested, supersede } from '../approvals/decide.ts';
import { restartNote, tooManyQuestions } from '../history/wording.ts';
import type { Context, ModelEnd, ToolEnd } from '../model/command.ts';
import { MOST_QUESTIONS } from '../model/elicitation.ts';
import type { SessionEvent } from '../model/events.ts';
import { textOf } from '../model/message.ts';
import type { ModelCall, SessionState, ToolCall } from '../model/state.ts';
import { retryDelay } from './backoff.ts';

export function endModelCall(
  state: SessionState,
  step: number,
  result: ModelEnd,
  context: Context,
): SessionEvent[] {
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

/** The result of a compaction without text. An empty summary would lose the history for the model. */
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

export function endToolCall(
  state: SessionState,
  call: string,
  result: ToolEnd,
  context: Context,
): SessionEvent[] {
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
