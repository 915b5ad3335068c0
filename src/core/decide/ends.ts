import { createElicitationRequest, supersedeQuestions } from '../approvals/decide.ts';
import { describeExcessElicitations, formatRestartNote } from '../history/wording.ts';
import type { DecisionContext, ModelCallEnd, ToolCallEnd } from '../model/command.ts';
import { MAX_ELICITATIONS } from '../model/elicitation.ts';
import type { SessionEvent } from '../model/events.ts';
import { extractText } from '../model/message.ts';
import type { ModelCall, SessionState, ToolCall } from '../model/state.ts';
import { computeRetryDelay } from './backoff.ts';

export function endModelCall(
  state: SessionState,
  step: number,
  result: ModelCallEnd,
  context: DecisionContext,
): SessionEvent[] {
  if (!state.turn) return [];
  const { call, news } = state.turn;
  if (call?.step !== step || call.phase !== 'started') return [];
  if (result.kind === 'interrupted') return interruptModelCall(call, result, context);
  const { content, finish, usage } = result;
  const used = usage === undefined ? {} : { usage };
  if (!call.piece) {
    const told = formatRestartNote(news);
    const note: SessionEvent[] = told === null ? [] : [{ type: 'system_note_added', text: told }];
    return [...note, { type: 'model_call_finished', step, content, finish, ...used }];
  }
  const summary = extractText({ role: 'assistant', content });
  if (summary.trim() === '') return interruptModelCall(call, { ...NO_SUMMARY, ...used }, context);
  const { from, count: dropped } = call.piece;
  return [{ type: 'history_compacted', step, summary, from, dropped, ...used }];
}

type Interrupted = Extract<ModelCallEnd, { kind: 'interrupted' }>;

/** The result of a compaction without text. An empty summary would lose the history for the model. */
const NO_SUMMARY: Interrupted = {
  kind: 'interrupted',
  cause: 'cut',
  reason: 'the model returned no summary of the conversation',
  partial: '',
};

function interruptModelCall(call: ModelCall, result: Interrupted, context: DecisionContext): SessionEvent[] {
  const { step, attempt } = call;
  const { cause, reason, partial, retryAfter, usage } = result;
  const more = { ...(partial === '' ? {} : { partial }), ...(usage ? { usage } : {}) };
  const interrupted: SessionEvent = {
    type: 'model_call_interrupted',
    step,
    attempt,
    cause,
    reason,
    ...more,
  };
  const failures = call.failures + 1;
  const again = (cause === 'cut' || cause === 'unavailable') && failures < context.limits.modelAttempts;
  if (!again) return [interrupted];
  const until = context.now + computeRetryDelay(failures, retryAfter);
  return [interrupted, { type: 'retry_scheduled', step, until }];
}

export function endToolCall(
  state: SessionState,
  call: string,
  result: ToolCallEnd,
  context: DecisionContext,
): SessionEvent[] {
  const tool = state.turn?.tools.find((candidate) => candidate.call === call);
  if (tool?.phase !== 'started') return [];
  return [...supersedeQuestions(state, call), ...recordToolEnd(tool, result, context)];
}

function recordToolEnd(tool: ToolCall, result: ToolCallEnd, context: DecisionContext): SessionEvent[] {
  const { call, attempt, questions: before } = tool;
  if (result.kind === 'interrupted') {
    return [{ type: 'tool_call_interrupted', call, attempt, cause: 'shutdown' }];
  }
  if (result.kind === 'finished') {
    const { output, blob } = result;
    return [{ type: 'tool_call_finished', call, output, ...(blob === undefined ? {} : { blob }) }];
  }
  const { questions, resume } = result;
  if (before.length + questions.length > MAX_ELICITATIONS) {
    return [{ type: 'tool_call_finished', call, output: describeExcessElicitations(MAX_ELICITATIONS) }];
  }
  const asked = questions.map((question, index) =>
    createElicitationRequest(tool, question, index + 1, context),
  );
  return [{ type: 'tool_call_asked', call, attempt, resume }, ...asked];
}
