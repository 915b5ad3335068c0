import type { ReachedLimit, TurnLimits } from './budget.ts';
import type { Answers } from './elicitation.ts';
import type { Effect, Outcome, Piece } from './events.ts';
import type { ToolCallPart } from './message.ts';
import type { Approval, SessionState, Turn } from './state.ts';

/** What to do next with a session. The first group needs the world, the second only a record in the journal. */
export type Step =
  /** For an answer, or for a summary of a piece of the history. */
  | { kind: 'call_model'; step: number; attempt: number; piece: CompactionPiece | null }
  | {
      kind: 'run_tool';
      call: string;
      attempt: number;
      part: ToolCallPart;
      effect: Effect;
      resumable: boolean;
      /** Another session does the work: to begin it is a record, and nothing of it runs here. */
      delegate: Delegate | null;
      /** What people said to the questions with which the call has ended before. */
      answers: Answers | null;
      /** The work of an earlier attempt is to be found and ended, not continued. */
      stop: boolean;
    }
  /** Ask a running step to stop; it ends like any other step, with a result. */
  | { kind: 'abort'; running: string }
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

/** What the answer depends on besides the journal. */
export interface Policy {
  now: number;
  /** Steps that this process is performing now; a started step that is not among them died with its process. */
  running: ReadonlySet<string>;
  limits: Limits;
  /** How much of a conversation the model can take. */
  room: Room;
  /** May this call run, and what would it do? Asked at every start, so that a tightened policy holds at once. */
  tool(part: ToolCallPart, state: SessionState): Verdict;
}

export interface Limits {
  /** Attempts of one model call that the provider may fail before the turn fails. */
  modelAttempts: number;
  /** Crashes of one step after which the turn fails and the session is quarantined; see `isPoison`. */
  crashAttempts: number;
  /** Tool calls of one turn that run at once. */
  parallelTools: number;
  /** What one turn may use up; absent: no end. */
  turn?: TurnLimits;
}

export type Verdict = Permission | { run: false; reason: string };

export interface Permission extends Repeat {
  run: true;
  /** Only if somebody approves. */
  ask?: Ask;
  /** Another session does it. */
  delegate?: Delegate;
}

export interface Ask {
  /** What is asked for, in the words of the tool policy. */
  rule: string;
  /** Milliseconds until the question expires. */
  patience: number;
  /** Whether an approval under this rule is for what the call would do now; every approval is when absent. */
  holds?(rule: string): boolean;
}

/** Whether the call was approved as it would be done now: the destination of a file write may have moved meanwhile. */
export function isApproved({ holds }: Ask, approval: Approval | null | undefined): boolean {
  return approval?.decision === 'approved' && (holds?.(approval.rule) ?? true);
}

/** What decides whether an interrupted call may be run again. */
export interface Repeat {
  effect: Effect;
  resumable: boolean;
}

/** Names of running steps, as in `Policy.running`. */
export const runningModelCall = (step: number) => `m${step}`;
export const runningToolCall = (call: string) => call;

/** How much of a conversation the model can take, as the operator says. */
export interface Room {
  /** Tokens of one model call. */
  window: number;
  /** A history that takes more tokens than this is compacted before the next call. */
  limit: number;
  /** The latest turns that are kept word for word if they fit, the running one included. */
  keepTurns: number;
}

/** What one compaction reads: a piece of the history, in a prompt of at most `budget` characters. */
export interface CompactionPiece extends Piece {
  budget: number;
}

/** What the delegation of a call is: the agent that works on it, and what it is told. */
export interface Delegate {
  agent: string;
  text: string;
}
