import type { ModelEnd, ToolEnd } from '../../src/core/model/command.ts';
import type { ApprovalScope, Mode, Outcome, Question } from '../../src/core/model/events.ts';
import type { Room, Verdict } from '../../src/core/model/next-action.ts';

/** What happens around a session. `lazy` means that nobody looks at it before the next thing happens. */
export type Happening = { lazy: boolean } & (
  | { does: 'message'; mode: Mode; replies?: boolean; patience?: number | null }
  | { does: 'cancel' }
  /** Somebody decides one of the questions that there have been, open or not, or one that there never was. */
  | { does: 'decide'; which: number | null; decision: 'approve' | 'deny'; scope: ApprovalScope }
  /** A session that was given work reports, perhaps once more, or one that was not. */
  | { does: 'report'; which: number | null; outcome: Outcome | 'unknown' }
  /** A session that was given work, or was not, asks people, or its question is settled. */
  | { does: 'hear'; which: number | null; question: number; state: Question['state'] }
  /** A step in flight ends; which of the two results is meant depends on the step. */
  | { does: 'end'; which: number; model: ModelEnd; tool: ToolEnd }
  /** A call in flight asks people something. */
  | { does: 'ask'; which: number }
  /** Calls in flight cannot wait for people any longer. */
  | { does: 'withdraw' }
  /** The process dies and another one begins from the journal. */
  | { does: 'die' }
  | { does: 'admit'; admits: Admits }
  | { does: 'allow'; tool: string; verdict: Verdict }
  | { does: 'pass'; time: number }
  | { does: 'fit'; room: Room }
  | { does: 'release' }
  /** The last result arrives once more although its step does not run any more. */
  | { does: 'echo' }
);

/** What may begin: everything, everything but model calls (no free place), or nothing (draining). */
export type Admits = 'all' | 'no model calls' | 'nothing';
