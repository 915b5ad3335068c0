import type { TurnUsage } from './budget.ts';
import { type CrashCounts, countCrashes } from './crashes.ts';
import type { ApprovalDecision, Elicitation, ElicitationContent } from './elicitation.ts';
import type {
  Effect,
  HistoryRange,
  MessageMode,
  ModelInterruption,
  Outcome,
  ReplyTo,
  SessionHandover,
  WorkOrigin,
} from './events.ts';
import type { Content, Json, ModelMessage, ToolCallPart, ToolOutput } from './message.ts';
import type { HistorySize } from './size.ts';

/**
 * The state of a session, folded from its journal. Plain JSON, so that a snapshot is exactly this value. Change
 * `STATE_FORMAT` when its shape changes; old snapshots are then ignored in favour of the journal.
 *
 * States of a session:
 *   idle         no turn, nothing pending; left by an input
 *   turn open    `turn` is set, from the first unanswered message to a terminal outcome; inside it
 *     model due    `call` is null or not started, all tool calls are settled
 *     model busy   `call.phase` is started: a process works on it, or died doing so
 *     waiting      `retryAt` is set: the provider failed, and the next attempt is later
 *     tools        `tools` has unsettled calls
 *     parked       all unsettled calls wait for an approver or for another session
 *   quarantined  `quarantine` is set: nothing runs until an operator releases the session
 */
export interface SessionState {
  format: typeof STATE_FORMAT;
  /** Sequence number of the last event folded in; 0 before the first. */
  seq: number;
  agent: string;
  /** The conversation as the model sees it, with summaries in place of compacted messages. */
  history: ModelMessage[];
  size: HistorySize;
  /**
   * The first two senders of the conversation; from the second sender on, each message names its sender. Reminders and
   * schedules do not count as senders.
   */
  senders: (string | null)[];
  /** Messages that no turn has taken yet, in order of arrival. */
  pending: PendingMessage[];
  turn: Turn | null;
  /** The number of turns and of model calls that were started, which is also the number of the last one. */
  turns: number;
  steps: number;
  last: { turn: number; outcome: Outcome; reason?: string } | null;
  quarantine: { reason: string; at: number } | null;
  /** The number of delegations between the session that users talk to and this one. */
  depth: number;
  /** Open questions of the sessions that work for this one, directly or through others. */
  questions: DescendantQuestion[];
}

export const STATE_FORMAT = 9;

/** An open question of a session that works for this one. */
export interface DescendantQuestion {
  approval: string;
  /** The call of this session that waits for the asking session. */
  call: string;
  /** The calls that were told of the question and must be told how it ends, even after the turn is over. */
  above: ReplyTo[];
}

export interface PendingMessage {
  id: string;
  content: Content;
  mode: MessageMode;
  from?: string;
  deadline?: number;
  replyTo?: ReplyTo;
  origin?: WorkOrigin;
}

export interface Turn {
  number: number;
  /** The ids of the inputs that this turn answers. */
  inputs: string[];
  /** The requester. Permissions are evaluated as this principal for the whole turn. */
  from: string | null;
  /** Who caused the turn; its usage counts for them. */
  origin: WorkOrigin;
  /** Calls of other sessions that wait for the outcome of an input of this turn. */
  replies: { input: string; to: ReplyTo }[];
  /** The number of sessions to which this turn has delegated work. */
  children: number;
  startedAt: number;
  call: ModelCall | null;
  /** The tool calls of the last model answer, in its order; all are settled before the next model call. */
  tools: ToolCall[];
  retryAt: number | null;
  /** Index in the history of the turn's first message. */
  began: number;
  room: ContextFeedback;
  /** Set when the turn ends as soon as its running steps have stopped; no new step starts. */
  ending: { outcome: Exclude<Outcome, 'answered'>; reason: string; quarantine: boolean } | null;
  /** The answer of the model without tool calls, which closes the turn; null before. */
  answer: { content: Content; finish: string } | null;
  /** The generation that started the last step; null before the first step. */
  generation: number | null;
  /** What happened to the turn and the model has not been told yet. */
  news: PendingNotice;
  /** The resources that the turn has used. */
  budget: TurnUsage;
}

/** What the turn has learnt from the provider about the room that the model has for the history. */
export interface ContextFeedback {
  /** The number of times the provider refused the conversation as too long. */
  overflows: number;
  /** The smallest number of tokens that the provider refused as too many; null when it refused none. */
  ceiling: number | null;
  /** The number of times the provider refused a summary prompt as too long; each time halves the next prompt. */
  squeezed: number;
  /** The reason why this turn compacts no further; null while it may. */
  givenUp: string | null;
}

export const noContextFeedback: ContextFeedback = { overflows: 0, ceiling: null, squeezed: 0, givenUp: null };

/** What happened to the turn since the last finished model call, and the model is told with the next one. */
export interface PendingNotice {
  restarts: Pick<SessionHandover, 'cause' | 'reason' | 'keys' | 'by'>[];
  /** Names of the steps that were interrupted and run again or resume. */
  interrupted: string[];
  /** Names of the calls that may or may not have had their effect. */
  unknown: string[];
}

export const emptyNotice: PendingNotice = { restarts: [], interrupted: [], unknown: [] };

export interface ModelCall extends CrashCounts {
  step: number;
  /** The range that a compaction reads; null when the call is for an answer. */
  piece: HistoryRange | null;
  /** `"provider/model"`. */
  model: string;
  attempt: number;
  /** When the present attempt started, in milliseconds since the epoch. */
  startedAt: number;
  /** `started` by this or by a dead process; `interrupted` waits for its next attempt or for the turn to end. */
  phase: 'started' | 'interrupted';
  cause: ModelInterruption | null;
  reason: string;
  /** The number of attempts that failed at the provider since the step became due. */
  failures: number;
}

export interface ToolCall extends CrashCounts {
  call: string;
  part: ToolCallPart;
  /** `asked`: the call ended with questions and is made again when they are decided. */
  phase: 'due' | 'started' | 'asked' | 'interrupted' | 'settled';
  attempt: number;
  startedAt: number;
  effect: Effect;
  resumable: boolean;
  /** The session that does the work; until its result arrives, the call is `started` without a running step here. */
  child: string | null;
  approval: Approval | null;
  /** The elicitations of the call, in order. */
  questions: CallElicitation[];
  /** How the call last ended with questions: the tool's own state, and the index of the first one in `questions`. */
  asked: { resume: Json; from: number } | null;
  output: ToolOutput | null;
}

/** A question to an approver: may this call run? Pending until `decision` is set. */
export interface Approval {
  id: string;
  /** The rule that an approval would allow, as the tool policy writes it. */
  rule: string;
  requestedAt: number;
  expiresAt: number;
  decision: ApprovalDecision | null;
  from: string | null;
  note: string | null;
}

/** An elicitation of a call, with its decision and its answer. */
export interface CallElicitation extends Approval {
  inquiry: Elicitation;
  /** True when the running call waits for the answer; the question then ends with the process. */
  live: boolean;
  content: ElicitationContent | null;
}

export function createInitialState(): SessionState {
  return {
    format: STATE_FORMAT,
    seq: 0,
    agent: '',
    history: [],
    size: { estimate: 0, tokens: 0 },
    senders: [],
    pending: [],
    turn: null,
    turns: 0,
    steps: 0,
    last: null,
    quarantine: null,
    depth: 0,
    questions: [],
  };
}

export type SessionStatus = 'idle' | 'queued' | 'running' | 'waiting' | 'quarantined';

/**
 * Returns the status of a session for lists and counts. `waiting`: parked on an approver, a retry or another session;
 * `queued`: no step is `inFlight` because the engine has no free slot for the next one.
 */
export function getSessionStatus(state: SessionState, inFlight = true): SessionStatus {
  if (state.quarantine) return 'quarantined';
  if (state.turn && getWaitReason(state.turn) !== null) return 'waiting';
  if (state.turn) return inFlight ? 'running' : 'queued';
  return state.pending.length > 0 ? 'queued' : 'idle';
}

/** Returns what a parked turn waits for; null when the turn has something to do. */
export function getWaitReason({
  retryAt,
  tools,
  ending,
  budget,
}: Turn): 'retry' | 'approval' | 'child' | null {
  if (ending) return null;
  if (budget.question) return 'approval';
  const open = tools.filter(({ phase }) => phase !== 'settled');
  if (open.length === 0) return retryAt === null ? null : 'retry';
  if (!open.every((tool) => isAwaitingDecision(tool) || tool.child !== null)) return null;
  return open.some(isAwaitingDecision) ? 'approval' : 'child';
}

/** Returns the number of crashes that the session may have caused in its present steps; 0 when it is not a suspect. */
export function countSuspectedCrashes({ turn }: SessionState): number {
  const steps = turn ? [...(turn.call ? [turn.call] : []), ...turn.tools] : [];
  return Math.max(0, ...steps.map(countCrashes));
}

/** Checks whether a step runs in a process of ours; delegated work and waiting for an approval do not count. */
export function hasStepInFlight({ turn }: SessionState): boolean {
  if (!turn) return false;
  if (turn.call?.phase === 'started') return true;
  return turn.tools.some(({ phase, child }) => phase === 'started' && child === null);
}

/** Checks whether the call is stopped until an approver decides; a call that asks while it runs is not stopped. */
function isAwaitingDecision({ phase, approval, questions }: ToolCall): boolean {
  return phase !== 'started' && [approval, ...questions].some((asked) => asked?.decision === null);
}
