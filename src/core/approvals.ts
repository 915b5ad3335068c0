import type { ApprovalDecision, Recorded } from './events.ts';
import type { Json } from './message.ts';
import type { SessionState } from './state.ts';

/** A question to people as lists show it; follows from the events. */
export interface ApprovalRecord {
  approval: string;
  call: string;
  tool: string;
  input: Json;
  /** What approving it allows, in the words of the tool policy. */
  rule: string;
  /** Who asked for the turn; null when nobody said. */
  requester: string | null;
  state: 'pending' | ApprovalDecision;
  requestedAt: number;
  expiresAt: number;
  resolvedAt: number | null;
  /** Who decided, and what they said. */
  from: string | null;
  note: string | null;
}

/** What an event says of a question, given the states before and after it. */
export function approvalRecord(
  before: SessionState,
  after: SessionState,
  event: Recorded,
): ApprovalRecord | undefined {
  if (event.type !== 'approval_requested' && event.type !== 'approval_resolved') return undefined;
  const { turn } = event.type === 'approval_requested' ? after : before;
  const tool = turn?.tools.find(({ call }) => call === event.call);
  if (!turn || !tool?.approval) return undefined;
  const { toolName, input } = tool.part;
  const { id, rule, requestedAt, expiresAt } = tool.approval;
  const asked = { approval: id, call: tool.call, tool: toolName, input, rule, requester: turn.from };
  const pending = {
    state: 'pending',
    requestedAt,
    expiresAt,
    resolvedAt: null,
    from: null,
    note: null,
  } as const;
  if (event.type === 'approval_requested') return { ...asked, ...pending };
  const { decision, at, from = null, note = null } = event;
  return { ...asked, requestedAt, expiresAt, state: decision, resolvedAt: at, from, note };
}
