import type { RunningStep, RunningStepList } from '../steps/running-steps.ts';
import type { ReachedLimit, TurnLimits } from './budget.ts';
import type { CallResumption } from './elicitation.ts';
import type { Effect, HistoryRange, Outcome } from './events.ts';
import type { ToolCallPart } from './message.ts';
import type { Approval, SessionState, Turn } from './state.ts';

/** A next action. `call_model`, `run_tool`, `abort` and `wait` act on the world; all others only add events. */
export type NextAction =
  /** Calls the model for an answer, or for a summary of `piece` of the history. */
  | { kind: 'call_model'; step: number; attempt: number; piece: CompactionRange | null }
  | {
      kind: 'run_tool';
      call: string;
      attempt: number;
      part: ToolCallPart;
      effect: Effect;
      resumable: boolean;
      /** Set when another session does the work; starting it only adds an event and sends an input. */
      delegate: DelegatedTask | null;
      /** The results of the elicitations with which the call ended before. */
      answers: CallResumption | null;
      /** True to find and stop the work of an earlier attempt instead of continuing it. */
      stop: boolean;
    }
  /** Asks a running step to stop; the step ends like any other, with a result. */
  | { kind: 'abort'; running: RunningStep }
  | { kind: 'wait'; until: number }
  | { kind: 'expire_input'; input: string; deadline: number }
  | { kind: 'open_turn'; turn: number; inputs: string[] }
  | { kind: 'join_turn'; turn: number; inputs: string[] }
  | { kind: 'lose_model_call'; step: number; attempt: number }
  | { kind: 'lose_tool_call'; call: string; attempt: number }
  | { kind: 'ask_approval'; call: string; rule: string; expiresAt: number }
  | { kind: 'expire_approval'; call: string; approval: string }
  | { kind: 'ask_to_continue'; turn: Turn; reached: ReachedLimit }
  | { kind: 'end_at_limit'; turn: Turn; reached: ReachedLimit }
  | { kind: 'withdraw_question'; call: string }
  | { kind: 'cancel_child'; call: string; child: string; reason: string }
  | { kind: 'refuse_tool'; call: string; reason: string }
  | { kind: 'give_up_tool'; call: string; startedAt: number; poison?: string }
  | { kind: 'close_turn'; turn: Turn; outcome: Outcome; reason?: string; quarantine: boolean };

/** The environment of a decision: everything besides the journal that the next actions depend on. */
export interface Environment {
  now: number;
  /** The steps that this process is performing now; any other started step died with its process. */
  running: RunningStepList;
  limits: Limits;
  /** How many tokens of a conversation the model accepts. */
  room: ContextBudget;
  /** Returns whether this call may run and what it would do. Called at every start: a tightened policy applies at once. */
  tool(part: ToolCallPart, state: SessionState): CallVerdict;
}

export interface Limits {
  /** The number of failed attempts of one model call after which the turn fails. */
  modelAttempts: number;
  /** The number of crashes of one step after which the turn fails and the session is quarantined; see `isPoisonStep`. */
  crashAttempts: number;
  /** The maximum of tool calls of one turn that run at the same time. */
  parallelTools: number;
  /** The limits of one turn; absent means unlimited. */
  turn?: TurnLimits;
}

export type CallVerdict = RunPermission | { run: false; reason: string };

export interface RunPermission extends RetrySafety {
  run: true;
  /** Set when the call may run only after an approver has approved it. */
  ask?: ApprovalDemand;
  /** Set when another session does the work. */
  delegate?: DelegatedTask;
}

export interface ApprovalDemand {
  /** The rule that is asked for, as the tool policy writes it. */
  rule: string;
  /** Milliseconds until the question expires. */
  patience: number;
  /** Checks whether an approval under this rule covers what the call would do now; absent means that it always does. */
  holds?(rule: string): boolean;
}

/**
 * Checks whether an approval still covers the call:
 *   1. The approver approved it; a pending, denied or expired approval does not count.
 *   2. Its rule still describes what the call would do now, e.g. the destination of a file write must not have moved.
 */
export function isApproved({ holds }: ApprovalDemand, approval: Approval | null | undefined): boolean {
  return approval?.decision === 'approved' && (holds?.(approval.rule) ?? true);
}

/** The properties that decide whether an interrupted call may run again: its effect, and whether it can resume. */
export interface RetrySafety {
  effect: Effect;
  resumable: boolean;
}

/** The context budget of a model as the operator configures it, in tokens. */
export interface ContextBudget {
  /** The context window: tokens of one model call, prompt and answer together. */
  window: number;
  /** A history of more tokens than this is compacted before the next model call. */
  limit: number;
  /** The number of latest turns, including the running one, that are kept word for word if they fit. */
  keepTurns: number;
}

/** The range of the history that one compaction reads, in a prompt of at most `budget` characters. */
export interface CompactionRange extends HistoryRange {
  budget: number;
}

/** The work that a call delegates: the agent that does it, and the text of its first message. */
export interface DelegatedTask {
  agent: string;
  text: string;
}
