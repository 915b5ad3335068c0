import type { ReachedLimit } from './budget.ts';
import type { ApprovalDecision, Content, Inquiry } from './elicitation.ts';
import type { AssistantPart, Json, ToolOutput } from './message.ts';

/**
 * Everything that can be in a session's journal. Names are past tense. An event is written before the effect
 * that it announces (`…_started`) and after the effect that it reports. Stored format: a change of shape
 * needs a new version and an upcaster in `versions.ts`; nothing is ever removed from this union.
 *
 * Numbers that name things: `turn` counts turns of the session from 1; `step` counts model calls of the
 * session from 1; a tool call is `"<step>.<position>"`, so every name can be derived from the journal alone.
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
      purpose: Purpose;
      model: string;
      /** The messages that a compaction reads. */
      piece?: Piece;
    } & Attempt)
  | {
      type: 'model_call_finished';
      step: number;
      content: AssistantPart[];
      finish: string;
      usage?: Usage;
    }
  | {
      type: 'model_call_interrupted';
      step: number;
      attempt: number;
      cause: ModelInterruption;
      /** In words, for people. */
      reason: string;
      /** What had been streamed, where it is known. */
      partial?: string;
      /** Only with the cause `crash`. Absent: the crash counts against the step. */
      blame?: Exclude<Blame, 'sole'>;
    }
  | { type: 'retry_scheduled'; step: number; until: number }
  | ({
      type: 'tool_call_started';
      call: string;
      effect: Effect;
      /** May be picked up again by a later attempt (see `Tool.resumable`). */
      resumable: boolean;
      /** Idempotency key: the same for every attempt of this call, different for every other call. */
      key: string;
      /** The session that does the work; its result comes as an input. */
      child?: string;
    } & Attempt)
  | {
      type: 'tool_call_interrupted';
      call: string;
      attempt: number;
      cause: ToolInterruption;
      /** As for a model call. */
      blame?: Exclude<Blame, 'sole'>;
    }
  | { type: 'tool_call_finished'; call: string; output: ToolOutput; blob?: BlobRef }
  /** The call has ended with questions to people instead of a result; it is made again with their answers. */
  | { type: 'tool_call_asked'; call: string; attempt: number; resume: Json }
  /** The call was not run: denied, unknown tool, unusable arguments, cancelled before it began. */
  | { type: 'tool_call_refused'; call: string; reason: string }
  /** The call may or may not have had its effect; it is not run again on its own. */
  | {
      type: 'tool_call_outcome_unknown';
      call: string;
      startedAt: number;
      /** Why the session that worked on it was set aside. */
      reason?: string;
      /** Set when the call was given up because every attempt ended in a crash: the turn fails for this reason. */
      poison?: string;
    }
  /** The call was given up; the session that worked on it is told to stop. */
  | { type: 'child_cancelled'; call: string; child: string; reason: string }
  /** A call waits for a person: for leave to begin, or for the answer to a question of its own. */
  | {
      type: 'approval_requested';
      approval: string;
      call: string;
      /** What approving it allows; empty for a question, which allows nothing beyond its answer. */
      rule: string;
      expiresAt: number;
      inquiry?: Inquiry;
      /** Set when the turn itself asks whether it may continue; `call` stands for the turn then. */
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
      /** What `scope` covers beyond this call. */
      rule?: string;
      /** The answer to a question. */
      content?: Content;
    }
  | { type: 'system_note_added'; text: string }
  /** For the model the summary takes the place of `dropped` messages, from the one at index `from` on. */
  | { type: 'history_compacted'; step: number; summary: string; from: number; dropped: number; usage?: Usage }
  /** The turn has used up a limit and ends as failed. */
  | { type: 'turn_limit_reached'; turn: number; reached: ReachedLimit }
  | { type: 'turn_finished'; turn: number; inputs: string[]; outcome: Outcome; reason?: string }
  /** Another generation than the one that ran the last step goes on with an open turn. */
  | ({ type: 'session_handed_over'; from: number; to: number } & Handover)
  | { type: 'session_quarantined'; reason: string }
  | { type: 'session_released'; by: string };

/** An event with its place in the journal. `at` is in milliseconds since the epoch. */
export type Recorded<E extends SessionEvent = SessionEvent> = E & { seq: number; at: number };

/** What reaches a session from outside; deduplicated by `id`. */
export type Input =
  | {
      kind: 'message';
      id: string;
      text: string;
      mode: Mode;
      from?: string;
      /** Not to be begun after this, in milliseconds since the epoch. */
      deadline?: number;
      /** Who wants to know the outcome: a call of another session. */
      replyTo?: ReplyTo;
      /** How many sessions stand between this one and the one that people talk to. */
      depth?: number;
    }
  /** Cancels every input accepted before it that has no outcome yet. */
  | { kind: 'cancel'; id: string; from?: string; reason?: string }
  /** Lifts the quarantine. */
  | { kind: 'release'; id: string; from?: string }
  /** A person decides about a call. */
  | {
      kind: 'approval';
      id: string;
      approval: string;
      decision: 'approve' | 'deny';
      from?: string;
      note?: string;
      scope?: ApprovalScope;
      content?: Content;
    }
  /**
   * What became of the work that a call of this session gave to another one; `unknown` when that one was set aside,
   * and `text` says why.
   */
  | { kind: 'result'; id: string; call: string; outcome: Outcome | 'unknown'; text: string }
  /** The session that works on a call, or one that works for it, asks people something, or that is settled. */
  | { kind: 'question'; id: string; call: string; question: Question };

/** A question to people as the sessions hear of it that wait for the one that asks. */
export interface Question {
  approval: string;
  /** Which asks; decisions go there. */
  session: string;
  tool: string;
  input: Json;
  /** What approving it allows, in the words of the tool policy; empty when the tool itself asks. */
  rule: string;
  /** What the tool asks. */
  inquiry?: Inquiry;
  expiresAt: number;
  state: 'pending' | ApprovalDecision;
  /** Who decided, and what they said. */
  from: string | null;
  note: string | null;
}

export interface ReplyTo {
  session: string;
  call: string;
}

/** What an approval covers: this call, calls like it in this session, or in every session of the agent. */
export type ApprovalScope = 'once' | 'session' | 'always';

/** `steer` joins a running turn at its next step boundary; `queue` waits for a turn of its own. */
export type Mode = 'steer' | 'queue';

export type Outcome = 'answered' | 'failed' | 'cancelled' | 'expired';

/** Messages of the history that lie behind one another. */
export interface Piece {
  /** Index of the first. */
  from: number;
  count: number;
}

export type Purpose = 'answer' | 'compaction';

/** What a tool does to the world; decides what happens after an interruption. */
export type Effect = 'read' | 'idempotent' | 'write';

/** Who runs a step, under which configuration, for the how-manieth time. */
export interface Attempt {
  attempt: number;
  generation: number;
  revision: number;
}

/**
 * `crash`: the process died; `shutdown`: we stopped the call to hand over; `cut`: the stream ended early;
 * `unavailable`: the provider or the network asks for another try later; `overflow`: the prompt is too long;
 * `rejected`: the provider will not answer this request however often it is sent; `cancelled`: by an input.
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
 * What the death of a process says about a step that was in flight. `none`: the supervisor died too, as in a power loss,
 * which says nothing; `shared`: other sessions are as suspect; `sole`: the session was the only suspect at work.
 */
export type Blame = 'none' | 'shared' | 'sole';

/** Why a session goes on in another process; what its model and its people are told of it. */
export interface Handover {
  cause: HandoverCause;
  /** In words; never with secret values. */
  reason: string;
  /** Who asked for it; absent when no client did. */
  by?: string;
  /** Configuration keys that changed with it. */
  keys: string[];
  /** Whether people who take part in the session are to be told. */
  tell: boolean;
}

/** `start`: the daemon was down in between; `stop` is the end of such a daemon, seen from its last generation. */
export type HandoverCause = 'start' | 'config' | 'restart' | 'upgrade' | 'signal' | 'crash' | 'stop';

export interface Usage {
  input?: number;
  output?: number;
  cached?: number;
}

/** A result that was too long for the model: all of it is in the blob, the event has a window on it. */
export interface BlobRef {
  id: string;
  bytes: number;
}
