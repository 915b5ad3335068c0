import type { Recorded, SessionEvent } from '../model/events.ts';
import type { Asked, ToolCall } from '../model/state.ts';

/** What events say of questions to people. */

type Event<T extends SessionEvent['type']> = Recorded & Extract<SessionEvent, { type: T }>;

/** With the question in its place: about the call, or one that the tool itself asks. */
export function asked(tool: ToolCall, event: Event<'approval_requested'>): ToolCall {
  const { approval: id, rule, expiresAt, inquiry, at: requestedAt } = event;
  const open = { id, rule, requestedAt, expiresAt, decision: null, from: null, note: null };
  if (!inquiry) return { ...tool, approval: open };
  const own: Asked = { ...open, inquiry, live: tool.phase === 'started', content: null };
  return { ...tool, questions: [...tool.questions, own] };
}

export function decided(tool: ToolCall, event: Event<'approval_resolved'>): ToolCall {
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
