import { CONTINUE_TURN, createTurnCallId } from '../model/budget.ts';
import type { ApprovalDecision, Elicitation, ElicitationContent } from '../model/elicitation.ts';
import type { RecordedEvent } from '../model/events.ts';
import type { Json } from '../model/message.ts';
import type { SessionState, Turn } from '../model/state.ts';

/** An approval or elicitation as lists show it, derived from the events. */
export interface ApprovalRecord {
  approval: string;
  call: string;
  tool: string;
  input: Json;
  /** The rule that an approval allows, as the tool policy writes it; empty when the tool itself asks. */
  rule: string;
  /** The question of the tool; null when the tool policy asks. */
  inquiry: Elicitation | null;
  /** The principal that requested the turn; null when the message named none. */
  requester: string | null;
  state: 'pending' | ApprovalDecision;
  requestedAt: number;
  expiresAt: number;
  resolvedAt: number | null;
  /** The approver who decided; `note` is the approver's comment. */
  from: string | null;
  note: string | null;
  /** The answer to the elicitation. */
  content: ElicitationContent | null;
}

/** Returns the record that an event creates or changes, given the states before and after it; undefined for others. */
export function deriveApprovalRecord(
  before: SessionState,
  after: SessionState,
  event: RecordedEvent,
): ApprovalRecord | undefined {
  if (event.type !== 'approval_requested' && event.type !== 'approval_resolved') return undefined;
  const { turn } = event.type === 'approval_requested' ? after : before;
  const found = turn && (describeTurnQuestion(turn, event.approval) ?? describeCallQuestion(turn, event));
  if (!found) return undefined;
  const asked = { ...found, requester: turn.from };
  const pending = {
    state: 'pending',
    resolvedAt: null,
    from: null,
    note: null,
    content: null,
  } as const;
  if (event.type === 'approval_requested') return { ...asked, ...pending };
  const { decision, at, from = null, note = null, content = null } = event;
  return { ...asked, state: decision, resolvedAt: at, from, note, content };
}

type ApprovalSubject = Pick<
  ApprovalRecord,
  'approval' | 'call' | 'tool' | 'input' | 'inquiry' | 'rule' | 'requestedAt' | 'expiresAt'
>;

function describeCallQuestion(
  turn: Turn,
  event: { call: string; approval: string },
): ApprovalSubject | undefined {
  const tool = turn.tools.find(({ call }) => call === event.call);
  const asks = tool?.questions.find(({ id }) => id === event.approval);
  const open = asks ?? tool?.approval;
  if (!tool || !open) return undefined;
  const { toolName, input } = tool.part;
  const { id, rule, requestedAt, expiresAt } = open;
  const about = { call: tool.call, tool: toolName, input, inquiry: asks?.inquiry ?? null };
  return { approval: id, ...about, rule, requestedAt, expiresAt };
}

/** Returns the question whether the turn may continue, with the reached limit as its input. */
function describeTurnQuestion({ number, budget }: Turn, approval: string): ApprovalSubject | undefined {
  if (budget.question?.id !== approval) return undefined;
  const { reached, inquiry, requestedAt, expiresAt } = budget.question;
  const about = { call: createTurnCallId(number), tool: CONTINUE_TURN, input: { ...reached }, inquiry };
  return { approval, ...about, rule: '', requestedAt, expiresAt };
}
