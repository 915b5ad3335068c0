import type { ReachedLimit } from './budget.ts';
import type { ApprovalDecision, Elicitation, ElicitationContent } from './elicitation.ts';
import type { AssistantPart, Content, Json, ToolOutput } from './message.ts';

/**
 * The events of a session's journal. Names are in the past tense. An event is written before the effect that it
 * announces (`…_started`) and after the effect that it reports. Stored format: a change of shape needs a new version
 * and an upcaster in `versions.ts`; no member is ever removed from this union.
 *
 * Ids: `turn` counts the turns of the session from 1; `step` counts its model calls from 1; a tool call is
 * `"<step>.<position>"`. So every id can be derived from the journal alone.
 */
export type SessionEvent =
  | { type: 'session_created'; agent: string }
  | { type: 'input_received'; input: Input }
  | { type: 'input_closed'; inputs: string[]; outcome: Exclude<Outcome, 'answered'>; reason: string }
  | { type: 'turn_started'; turn: number; inputs: string[] }
  /** Inputs that steer a running turn joined it at a step boundary. */
  | { type: 'turn_joined'; turn: number; inputs: string[] }
  | ({
      type: 'model_call_started';
      step: number;
      purpose: ModelCallPurpose;
      model: string;
      /** The messages that a compaction reads; absent for an answer. */
      piece?: HistoryRange;
    } & StepAttempt)
  | {
      type: 'model_call_finished';
      step: number;
      content: AssistantPart[];
      finish: string;
      usage?: TokenUsage;
    }
  | {
      type: 'model_call_interrupted';
      step: number;
      attempt: number;
      cause: ModelInterruption;
      /** The reason in words, for clients and the log. */
      reason: string;
      /** The part of the answer that had been streamed, where it is known. */
      partial?: string;
      /** Only with the cause `crash`. Absent: the crash counts against the step. */
      blame?: Exclude<Blame, 'sole'>;
      /** Tokens that the provider reported in spite of the failure. */
      usage?: TokenUsage;
    }
  | { type: 'retry_scheduled'; step: number; until: number }
  | ({
      type: 'tool_call_started';
      call: string;
      effect: Effect;
      /** A later attempt can resume the work of this one (see `Tool.resumable`). */
      resumable: boolean;
      /** Idempotency key: the same for every attempt of this call, different for every other call. */
      key: string;
      /** The session that does the work; its result arrives as an input of this session. */
      child?: string;
    } & StepAttempt)
  | {
      type: 'tool_call_interrupted';
      call: string;
      attempt: number;
      cause: ToolInterruption;
      /** Only with the cause `crash`, as for a model call. */
      blame?: Exclude<Blame, 'sole'>;
    }
  | { type: 'tool_call_finished'; call: string; output: ToolOutput; blob?: BlobRef }
  /** The call ended with questions instead of a result; it is made again with the answers. */
  | { type: 'tool_call_asked'; call: string; attempt: number; resume: Json }
  /** The call was not run: denied, unknown tool, unusable arguments, cancelled before it began. */
  | { type: 'tool_call_refused'; call: string; reason: string }
  /** The call may or may not have had its effect; it is not run again on its own. */
  | {
      type: 'tool_call_outcome_unknown';
      call: string;
      startedAt: number;
      /** Why the session that worked on the call is quarantined. */
      reason?: string;
      /** Set when the call was given up because every attempt ended in a crash: the turn fails for this reason. */
      poison?: string;
    }
  /** The call was given up, and the session that worked on it is told to stop. */
  | { type: 'child_cancelled'; call: string; child: string; reason: string }
  /** A call waits for an approver: for permission to run, or for the answer to a question that the tool asks. */
  | {
      type: 'approval_requested';
      approval: string;
      call: string;
      /** The rule that an approval allows; empty for an elicitation, which allows nothing beyond its answer. */
      rule: string;
      expiresAt: number;
      inquiry?: Elicitation;
      /** Set when the turn itself asks whether it may continue at a limit; `call` then stands for the turn. */
      reached?: ReachedLimit;
    }
  | {
      type: 'approval_resolved';
      approval: string;
      call: string;
      decision: ApprovalDecision;
      from?: string;
      note?: string;
      scope?: ApprovalScope;
      /** The rule that `scope` grants beyond this call. */
      rule?: string;
      /** The answer to an elicitation. */
      content?: ElicitationContent;
    }
  | { type: 'system_note_added'; text: string }
  /** For the model the summary replaces `dropped` messages, starting at index `from` of the history. */
  | {
      type: 'history_compacted';
      step: number;
      summary: string;
      from: number;
      dropped: number;
      usage?: TokenUsage;
    }
  /** The turn reached a limit and ends as failed. */
  | { type: 'turn_limit_reached'; turn: number; reached: ReachedLimit }
  | { type: 'turn_finished'; turn: number; inputs: string[]; outcome: Outcome; reason?: string }
  /** A generation other than the one that ran the last step continues an open turn. */
  | ({ type: 'session_handed_over'; from: number; to: number } & SessionHandover)
  | { type: 'session_quarantined'; reason: string }
  | { type: 'session_released'; by: string };

/** An event with its position in the session's journal; `at` is its time in milliseconds since the epoch. */
export type RecordedEvent<E extends SessionEvent = SessionEvent> = E & { seq: number; at: number };

/** An input: what reaches a session from outside. Inputs with the same `id` are stored once. */
export type Input =
  | {
      kind: 'message';
      id: string;
      content: Content;
      mode: MessageMode;
      from?: string;
      /** The message expires when no turn has started by this time, in milliseconds since the epoch. */
      deadline?: number;
      /** The call of another session that waits for the outcome. */
      replyTo?: ReplyTo;
      /** The number of delegations between the session that users talk to and this one. */
      depth?: number;
      /** Who caused the work that delegated this message; absent when no session sent it. */
      origin?: WorkOrigin;
    }
  /** Cancels every input that was accepted before it and has no outcome yet. */
  | { kind: 'cancel'; id: string; from?: string; reason?: string }
  /** Releases the session from quarantine. */
  | { kind: 'release'; id: string; from?: string }
  /** An approver decides about a call or answers an elicitation. */
  | {
      kind: 'approval';
      id: string;
      approval: string;
      decision: 'approve' | 'deny';
      from?: string;
      note?: string;
      scope?: ApprovalScope;
      content?: ElicitationContent;
    }
  /**
   * The outcome of work that a call of this session delegated to another session, with the answer or the reason;
   * `unknown` when that session is quarantined.
   */
  | { kind: 'result'; id: string; call: string; outcome: Outcome | 'unknown'; content: Content }
  /** The session that works on a call, or a session below it, asks a question, or such a question was decided. */
  | { kind: 'question'; id: string; call: string; question: RelayedQuestion };

/** A question as it is relayed to the sessions that wait for the asking session. */
export interface RelayedQuestion {
  approval: string;
  /** The session that asks; decisions are sent to it. */
  session: string;
  tool: string;
  input: Json;
  /** The rule that an approval allows, as the tool policy writes it; empty when the tool itself asks. */
  rule: string;
  /** The elicitation; absent when the tool policy asks. */
  inquiry?: Elicitation;
  expiresAt: number;
  state: 'pending' | ApprovalDecision;
  /** The approver who decided; `note` is the approver's comment. */
  from: string | null;
  note: string | null;
}

/** Who caused a piece of work, for the usage ledger; neither when the message named no sender. */
export interface WorkOrigin {
  person?: string;
  schedule?: string;
}

export interface ReplyTo {
  session: string;
  call: string;
}

/** What an approval covers: this call, calls that match its rule in this session, or in all sessions of the agent. */
export type ApprovalScope = 'once' | 'session' | 'always';

/** How a message meets a running turn: `steer` joins at its next step boundary, `queue` waits for a turn of its own. */
export type MessageMode = 'steer' | 'queue';

export type Outcome = 'answered' | 'failed' | 'cancelled' | 'expired';

/** A range of consecutive messages of the history, given by its first index and its length. */
export interface HistoryRange {
  /** Index of the first message, from 0. */
  from: number;
  count: number;
}

export type ModelCallPurpose = 'answer' | 'compaction';

/** What a tool does to the world. Decides whether an interrupted call may run again: a `write` must not. */
export type Effect = 'read' | 'idempotent' | 'write';

/** Which generation ran the step, under which config revision, and the attempt number, from 1. */
export interface StepAttempt {
  attempt: number;
  generation: number;
  revision: number;
}

/**
 * Why a model call was interrupted. `crash`: the process died; `shutdown`: the generation stopped the call to hand
 * over; `cut`: the stream ended early; `unavailable`: the provider or the network failed, and a later attempt may
 * succeed; `overflow`: the prompt is too long; `rejected`: the provider refuses this request permanently;
 * `cancelled`: an input cancelled it.
 */
export type ModelInterruption =
  | 'crash'
  | 'shutdown'
  | 'cut'
  | 'unavailable'
  | 'overflow'
  | 'rejected'
  | 'cancelled';

export type ToolInterruption = 'crash' | 'shutdown';

/**
 * How much the death of a process counts against a step that was in flight. `none`: the supervisor died too, as in a
 * power loss; `shared`: other sessions had steps in flight; `sole`: this session was the only suspect.
 */
export type Blame = 'none' | 'shared' | 'sole';

/** Why a session continues in another process, as its model and its participants are told. */
export interface SessionHandover {
  cause: HandoverCause;
  /** The reason in words; never contains secret values. */
  reason: string;
  /** The client that requested the handover; absent when no client did. */
  by?: string;
  /** The configuration keys that changed with the handover. */
  keys: string[];
  /** Whether the participants of the session are notified. */
  tell: boolean;
}

/** The cause of a handover. `start`: the daemon was down in between; `stop`: the last generation left before that. */
export type HandoverCause = 'start' | 'config' | 'restart' | 'upgrade' | 'signal' | 'crash' | 'stop';

/** Tokens of one model call, as the provider reports them; what it does not report is absent. */
export interface TokenUsage {
  /** All tokens of the prompt, including those that the provider read from its cache or wrote to it. */
  input?: number;
  /** All tokens of the answer, including its reasoning. */
  output?: number;
  cached?: number;
  cacheWrite?: number;
  reasoning?: number;
}

/** Names the blob that holds a whole result that was too long for the model; the event holds an excerpt. */
export interface BlobRef {
  id: string;
  bytes: number;
}
