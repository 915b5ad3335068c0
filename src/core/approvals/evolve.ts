import type { RecordedEvent, SessionEvent } from '../model/events.ts';
import type { CallElicitation, ToolCall } from '../model/state.ts';

/** Folds the events of approvals and elicitations into their tool call. */

type Event<T extends SessionEvent['type']> = RecordedEvent & Extract<SessionEvent, { type: T }>;

/** Adds a question to its call: as the approval of the call, or as an elicitation of the tool. */
export function addCallQuestion(tool: ToolCall, event: Event<'approval_requested'>): ToolCall {
  const { approval: id, rule, expiresAt, inquiry, at: requestedAt } = event;
  const open = { id, rule, requestedAt, expiresAt, decision: null, from: null, note: null };
  if (!inquiry) return { ...tool, approval: open };
  const own: CallElicitation = { ...open, inquiry, live: tool.phase === 'started', content: null };
  return { ...tool, questions: [...tool.questions, own] };
}

export function applyCallDecision(tool: ToolCall, event: Event<'approval_resolved'>): ToolCall {
  const { approval: id, decision, from = null, note = null, content = null } = event;
  if (tool.approval?.id === id) {
    const approval = decision === 'superseded' ? null : { ...tool.approval, decision, from, note };
    return { ...tool, approval };
  }
  const questions = tool.questions.map((own) =>
    own.id === id ? { ...own, decision, from, note, content } : own,
  );
  return { ...tool, questions };
}
