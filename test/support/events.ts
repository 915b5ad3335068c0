import type {
  Blame,
  Effect,
  ModelInterruption,
  RecordedEvent,
  SessionEvent,
} from '../../src/core/model/events.ts';
import type { AssistantPart, JsonObject, ToolCallPart } from '../../src/core/model/message.ts';
import { createTextContent } from '../../src/core/model/message.ts';

/** Short names for the events of a session, so that a test reads like its journal. */

type Event<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

const by = { generation: 1, revision: 1 };

export const created: SessionEvent = { type: 'session_created', agent: 'main' };

export function steerInput(id: string): Event<'input_received'> {
  return {
    type: 'input_received',
    input: { kind: 'message', id, content: createTextContent(`text of ${id}`), mode: 'steer' },
  };
}

export function queueInput(id: string): Event<'input_received'> {
  return {
    type: 'input_received',
    input: { kind: 'message', id, content: createTextContent(`text of ${id}`), mode: 'queue' },
  };
}

export function cancelInput(id: string, reason?: string): Event<'input_received'> {
  return { type: 'input_received', input: { kind: 'cancel', id, ...(reason ? { reason } : {}) } };
}

export function turnStarted(turn: number, ...inputs: string[]): Event<'turn_started'> {
  return { type: 'turn_started', turn, inputs };
}

export function turnJoined(turn: number, ...inputs: string[]): Event<'turn_joined'> {
  return { type: 'turn_joined', turn, inputs };
}

export function modelStarted(step: number, attempt = 1): Event<'model_call_started'> {
  return { type: 'model_call_started', step, purpose: 'answer', model: 'test/model', attempt, ...by };
}

/** The journal of a session whose first model call runs. */
export const running = [created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1)];

/** Of the two oldest messages unless it says otherwise. */
export function compactionStarted(
  step: number,
  attempt = 1,
  piece = { from: 0, count: 2 },
): Event<'model_call_started'> {
  return { ...modelStarted(step, attempt), purpose: 'compaction', piece, model: 'test/summaries' };
}

export function historyCompacted(
  step: number,
  summary: string,
  from = 0,
  dropped = 2,
): Event<'history_compacted'> {
  return { type: 'history_compacted', step, summary, from, dropped };
}

export function modelAnswered(step: number, text: string, finish = 'stop'): Event<'model_call_finished'> {
  const content: AssistantPart[] = text === '' ? [] : [{ type: 'text', text }];
  return { type: 'model_call_finished', step, content, finish };
}

export function modelCalls(step: number, ...content: ToolCallPart[]): Event<'model_call_finished'> {
  return { type: 'model_call_finished', step, content, finish: 'tool-calls' };
}

export function modelInterrupted(
  step: number,
  cause: ModelInterruption,
  attempt = 1,
): Event<'model_call_interrupted'> {
  return { type: 'model_call_interrupted', step, attempt, cause, reason: reasonOf(cause) };
}

/** The same crash, with what is known of its cause. */
export function crashedWith<E extends Event<'model_call_interrupted' | 'tool_call_interrupted'>>(
  event: E,
  blame: Blame,
): E {
  return blame === 'sole' ? event : { ...event, blame };
}

export function reasonOf(cause: ModelInterruption): string {
  return cause === 'crash' ? 'the process that made the call died' : `the reason for ${cause}`;
}

export function retryScheduled(step: number, until: number): Event<'retry_scheduled'> {
  return { type: 'retry_scheduled', step, until };
}

/** A call as the model makes it; its provider id is the tool's name with a dash. */
export function callOf(toolName: string, input: JsonObject = {}): ToolCallPart {
  return { type: 'tool-call', toolCallId: `${toolName}-`, toolName, input };
}

export function toolStarted(
  call: string,
  effect: Effect,
  { attempt = 1, resumable = false } = {},
): Event<'tool_call_started'> {
  return { type: 'tool_call_started', call, effect, resumable, key: `key of ${call}`, attempt, ...by };
}

/** The call is given to a session of its own. */
export function toolDelegated(call: string): Event<'tool_call_started'> {
  return { ...toolStarted(call, 'write'), child: `s/call-${call}` };
}

/** A question about the call, until second 2,000. */
export function approvalRequested(call: string, approval = `question ${call}`): Event<'approval_requested'> {
  return { type: 'approval_requested', approval, call, rule: `rule of ${call}`, expiresAt: 2_000_000 };
}

export function approvalResolved(
  call: string,
  decision: Event<'approval_resolved'>['decision'],
  more: Partial<Event<'approval_resolved'>> = {},
): Event<'approval_resolved'> {
  return { type: 'approval_resolved', approval: `question ${call}`, call, decision, ...more };
}

export function toolCrashed(call: string, attempt = 1): Event<'tool_call_interrupted'> {
  return { type: 'tool_call_interrupted', call, attempt, cause: 'crash' };
}

export function toolLetGo(call: string, attempt = 1): Event<'tool_call_interrupted'> {
  return { type: 'tool_call_interrupted', call, attempt, cause: 'shutdown' };
}

export function toolFinished(call: string, value: string): Event<'tool_call_finished'> {
  return { type: 'tool_call_finished', call, output: { type: 'text', value } };
}

export function toolRefused(call: string, reason: string): Event<'tool_call_refused'> {
  return { type: 'tool_call_refused', call, reason };
}

export function turnFinished(
  turn: number,
  inputs: string[],
  outcome: Event<'turn_finished'>['outcome'],
  reason?: string,
): Event<'turn_finished'> {
  return { type: 'turn_finished', turn, inputs, outcome, ...(reason === undefined ? {} : { reason }) };
}

/** A journal of these events, one second apart: the event with number n was written at `n * 1000`. */
export function journalOf(events: readonly SessionEvent[]): RecordedEvent[] {
  return events.map((event, index) => ({ ...event, seq: index + 1, at: (index + 1) * 1000 }));
}
