import type { ModelCallEnd, ToolCallEnd } from '../../src/core/model/command.ts';
import type { ApprovalScope, MessageMode, Outcome, RelayedQuestion } from '../../src/core/model/events.ts';
import type { CallVerdict, ContextBudget } from '../../src/core/model/next-action.ts';

/**
 * An event in the surroundings of a session. `lazy` means that the process handles it only together with the
 * next one.
 */
export type Happening = { lazy: boolean } & (
  | { does: 'message'; mode: MessageMode; replies?: boolean; patience?: number | null }
  | { does: 'cancel' }
  /** An approver decides a question, whether open, settled or invented. */
  | { does: 'decide'; which: number | null; decision: 'approve' | 'deny'; scope: ApprovalScope }
  /** A session reports on delegated work: for the first time, again, or without a delegation. */
  | { does: 'report'; which: number | null; outcome: Outcome | 'unknown' }
  /** A session asks a question, or settles one, with or without delegated work. */
  | { does: 'hear'; which: number | null; question: number; state: RelayedQuestion['state'] }
  /** A step in flight ends; which of the two results is meant depends on the step. */
  | { does: 'end'; which: number; model: ModelCallEnd; tool: ToolCallEnd }
  /** A call in flight asks a question. */
  | { does: 'ask'; which: number }
  /** The process withdraws the open questions of calls in flight. */
  | { does: 'withdraw' }
  /** The process dies and another one starts from the journal. */
  | { does: 'die' }
  | { does: 'admit'; admits: Admits }
  | { does: 'allow'; tool: string; verdict: CallVerdict }
  | { does: 'pass'; time: number }
  | { does: 'fit'; room: ContextBudget }
  | { does: 'release' }
  /** The last result arrives once more, although its step no longer runs. */
  | { does: 'echo' }
);

/** Steps that may start: all, all except model calls (no free slot), or none (draining). */
export type Admits = 'all' | 'no model calls' | 'nothing';
