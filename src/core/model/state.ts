import type { Budget } from './budget.ts';
import { type CrashCounts, countCrashes } from './crashes.ts';
import type { ApprovalDecision, Content, Inquiry } from './elicitation.ts';
import type { Effect, Handover, Mode, ModelInterruption, Outcome, Piece, ReplyTo } from './events.ts';
import type { Json, Message, ToolCallPart, ToolOutput } from './message.ts';
import type { Size } from './size.ts';

/**
 * What a session is, folded from its journal. Plain JSON, so that a snapshot is this value and nothing else;
 * change `STATE_FORMAT` when its shape changes and old snapshots are ignored in favour of the journal.
 *
 * States of a session:
 *   idle         no turn, nothing pending; left by an input
 *   turn open    `turn` is set, from the first unanswered message to a terminal outcome; inside it
 *     model due    `call` is null or not started, all tool calls are settled
 *     model busy   `call.phase` is started: some process works on it, or died doing so
 *     waiting      `retryAt` is set: the provider asked for patience
 *     tools        `tools` has unsettled calls
 *     parked       all of them wait for people or for another session
 *   quarantined  `quarantine` is set: nothing runs until somebody releases the session
 */
export interface SessionState {
  format: typeof STATE_FORMAT;
  /** Sequence number of the last event folded in; 0 before the first. */
  seq: number;
  agent: string;
  /** The conversation as the model sees it. */
  history: Message[];
  size: Size;
  /**
   * The first two senders of the conversation; from the second one on, each message names its sender. Reminders and
   * schedules do not count.
   */
  senders: (string | null)[];
  /** Messages without a turn yet, in order of arrival. */
  pending: PendingMessage[];
  turn: Turn | null;
  /** How many turns and model calls were started; the last one's number. */
  turns: number;
  steps: number;
  last: { turn: number; outcome: Outcome; reason?: string } | null;
  quarantine: { reason: string; at: number } | null;
  /** How many sessions stand between this one and the one that people talk to. */
  depth: number;
  /** Open questions of the sessions that work for this one. */
  questions: QuestionBelow[];
}

export const STATE_FORMAT = 7;

export interface QuestionBelow {
  approval: string;
  /** The call of this session that waits for whoever asks. */
  call: string;
  /** Who was told of it, and has to be told how it ends although the turn may be over by then. */
  above: ReplyTo[];
}

export interface PendingMessage {
  id: string;
  text: string;
  mode: Mode;
  from?: string;
  deadline?: number;
  replyTo?: ReplyTo;
}

export interface Turn {
  number: number;
  /** Ids of the inputs that this turn answers. */
  inputs: string[];
  /** Who asked for it; whatever happens, it is done for them. */
  from: string | null;
  /** Calls of other sessions that wait for an input of this turn. */
  replies: { input: string; to: ReplyTo }[];
  /** How many other sessions were asked to do a part of it. */
  children: number;
  startedAt: number;
  call: ModelCall | null;
  /** Calls of the last model answer, in its order; all settled before the next model call. */
  tools: ToolCall[];
  retryAt: number | null;
  /** Index in the history of its first message. */
  began: number;
  room: KnownRoom;
  /** Set when the turn is to end as soon as what runs has stopped; nothing new is begun. */
  ending: { outcome: Exclude<Outcome, 'answered'>; reason: string; quarantine: boolean } | null;
  /** The model answered without tool calls. */
  answer: { text: string; finish: string } | null;
  /** Who began the last step; null before the first. */
  generation: number | null;
  /** What the model has not been told yet. */
  news: News;
  /** What it has used up. */
  budget: Budget;
}

/** What the turn has learnt about the room that the model has for the history. */
export interface KnownRoom {
  /** How often the provider said that the conversation is too long. */
  overflows: number;
  /** The least tokens that were too many; null when none were. */
  ceiling: number | null;
  /** How often it said so of what was to be summarised; each time the next prompt has half the length. */
  squeezed: number;
  /** Why nothing more is compacted in this turn. */
  givenUp: string | null;
}

export const unknownRoom: KnownRoom = { overflows: 0, ceiling: null, squeezed: 0, givenUp: null };

/** What happened around the turn since the last model call that came to its end. */
export interface News {
  restarts: Pick<Handover, 'cause' | 'reason' | 'keys' | 'by'>[];
  /** Steps that were cut and are made or picked up again, as people call them. */
  interrupted: string[];
  /** Calls of which nobody knows whether they had their effect. */
  unknown: string[];
}

export const noNews: News = { restarts: [], interrupted: [], unknown: [] };

export interface ModelCall extends CrashCounts {
  step: number;
  /** What a compaction reads; null when the call is for an answer. */
  piece: Piece | null;
  /** `"provider/model"`. */
  model: string;
  attempt: number;
  /** `started` by this or a dead process; `interrupted` waits for its next attempt or for the end. */
  phase: 'started' | 'interrupted';
  cause: ModelInterruption | null;
  reason: string;
  /** Attempts that the provider failed, since the step became due. */
  failures: number;
}

export interface ToolCall extends CrashCounts {
  call: string;
  part: ToolCallPart;
  /** `asked`: it has ended with questions, and is made again when they are decided. */
  phase: 'due' | 'started' | 'asked' | 'interrupted' | 'settled';
  attempt: number;
  startedAt: number;
  effect: Effect;
  resumable: boolean;
  /** The session that does the work; while it does, the call is `started` and nothing of it runs here. */
  child: string | null;
  approval: Approval | null;
  /** What it has asked people itself, in order. */
  questions: Asked[];
  /** How it ended with questions the last time: what it wants back, and which of `questions` was the first of them. */
  asked: { resume: Json; from: number } | null;
  output: ToolOutput | null;
}

/** A question to people; pending until `decision` is set. */
export interface Approval {
  id: string;
  /** What it would allow, in the words of the tool policy. */
  rule: string;
  requestedAt: number;
  expiresAt: number;
  decision: ApprovalDecision | null;
  from: string | null;
  note: string | null;
}

/** A question of the tool itself. */
export interface Asked extends Approval {
  inquiry: Inquiry;
  /** Asked while the call was running, which goes on with the answer; it cannot wait longer than its process lives. */
  live: boolean;
  content: Content | null;
}

export function initialState(): SessionState {
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
 * One word for lists and counts. `waiting` is parked on something other than us; a turn whose next step has no place yet,
 * so that nothing of it is `inFlight`, is `queued`.
 */
export function statusOf(state: SessionState, inFlight = true): SessionStatus {
  if (state.quarantine) return 'quarantined';
  if (state.turn && waitsFor(state.turn) !== null) return 'waiting';
  if (state.turn) return inFlight ? 'running' : 'queued';
  return state.pending.length > 0 ? 'queued' : 'idle';
}

/** What an open turn waits for while there is nothing to do for us; null when there is. */
export function waitsFor({ retryAt, tools, ending, budget }: Turn): 'retry' | 'approval' | 'child' | null {
  if (ending) return null;
  if (budget.question) return 'approval';
  const open = tools.filter(({ phase }) => phase !== 'settled');
  if (open.length === 0) return retryAt === null ? null : 'retry';
  if (!open.every((tool) => isPending(tool) || tool.child !== null)) return null;
  return open.some(isPending) ? 'approval' : 'child';
}

/** The number of crashes that the session may have caused in its present steps; 0 for a session above suspicion. */
export function countSuspicions({ turn }: SessionState): number {
  const steps = turn ? [...(turn.call ? [turn.call] : []), ...turn.tools] : [];
  return Math.max(0, ...steps.map(countCrashes));
}

/** True while a step is in flight in a process of ours; the work of another session and a wait for approval are not. */
export function isAtWork({ turn }: SessionState): boolean {
  if (!turn) return false;
  if (turn.call?.phase === 'started') return true;
  return turn.tools.some(({ phase, child }) => phase === 'started' && child === null);
}

/** Nothing happens to the call until people have decided; one that runs while it asks is not meant. */
function isPending({ phase, approval, questions }: ToolCall): boolean {
  return phase !== 'started' && [approval, ...questions].some((asked) => asked?.decision === null);
}
