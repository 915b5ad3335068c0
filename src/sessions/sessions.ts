import type { Content } from '../core/model/elicitation.ts';
import type { ApprovalScope, Effect, Input, Mode, Outcome, Recorded } from '../core/model/events.ts';
import type { Json } from '../core/model/message.ts';
import type { SessionStatus } from '../core/model/state.ts';
import type { ApprovalQuery, ApprovalRow, Grant, GrantName } from '../journal/approvals.ts';
import type { DamagedRecord, Receipt, RecentQuery, SessionQuery, SessionRow } from '../journal/journal.ts';

/**
 * The one way in for HTTP, command line and channels. Knows the engine only through this interface, so that
 * another engine can stand beside the embedded one. Every method rejects with a MidturnError or not at all.
 */
export interface Sessions {
  /** Name of the store; the first half of a client's position. */
  readonly store: string;
  /** Stores a message; resolves when it is on disk. Creates the session. */
  send(session: string, message: NewMessage): Promise<Receipt>;
  /** Cancels everything accepted before it that has no outcome yet. */
  cancel(session: string, by: { id?: string; from?: string; reason?: string }): Promise<Receipt>;
  /** Waits for the terminal outcome of an input; `undefined` when `signal` aborts first. */
  outcome(
    session: string,
    input: string,
    after: number,
    signal: AbortSignal,
  ): Promise<InputOutcome | undefined>;
  /**
   * Decides a question to people; resolves when the decision is on disk. Rejects with ApprovalNotFoundError,
   * ApprovalClosedError (decided, expired or not needed any more), NotAnApproverError, OperatorOnlyError, or an error that
   * says what is wrong with the answer, which changes nothing.
   */
  decide(session: string, approval: string, decision: Decision): Promise<Decided>;
  /** Newest first. */
  approvals(query: ApprovalQuery): Promise<ApprovalRow[]>;
  /** Rejects with ApprovalNotFoundError. */
  approval(id: string): Promise<ApprovalRow>;
  grants(): Promise<Grant[]>;
  /** Takes a grant back, for the next call of whichever generation; false when there is none. */
  revoke(grant: GrantName): Promise<boolean>;
  /** Lifts the quarantine of a session; resolves when that is on disk. */
  release(session: string, by: { id?: string; from?: string }): Promise<Receipt>;
  show(session: string): Promise<SessionView>;
  /** Sessions by id. */
  list(query: SessionQuery): Promise<SessionRow[]>;
  /** Sessions by their last change, newest first. */
  listRecent(query: RecentQuery): Promise<SessionRow[]>;
  counts(): Promise<Record<SessionStatus, number>>;
  /** Why nothing can be stored now, as a sentence; null when the store takes writes. Never rejects. */
  findStoreFault(): Promise<string | null>;
  /** Sessions that wait, with what they wait for, at most `limit`. */
  listWaiting(limit: number): Promise<WaitingSession[]>;
  transcript(session: string, after: number, limit: number): Promise<TranscriptMessage[]>;
  /** What the session did to the world, from the event after `after` on. */
  effects(session: string, after: number, limit: number): Promise<SessionEffect[]>;
  events(session: string, after: number, limit: number): Promise<(Recorded | DamagedRecord)[]>;
  /**
   * Every event after `after`, once and in order, then those to come, with text deltas in between. Pulls: a slow
   * reader holds no more than one page of events, and deltas that it does not take in time are dropped.
   */
  follow(session: string, after: number, signal: AbortSignal): AsyncIterable<Followed>;
}

export interface WaitingSession {
  session: string;
  waitsFor: 'retry' | 'approval' | 'child';
  /** When the model is called again; null when it waits for something else. */
  retryAt: number | null;
}

export interface NewMessage {
  text: string;
  /** Deduplicates retries; a random one is made when absent. */
  id?: string;
  /** Default `steer`. */
  mode?: Mode;
  from?: string;
  /** Not to be begun after this, in milliseconds since the epoch; then it is closed as `expired`. */
  deadline?: number;
  /** Agent of a session that this message creates; the config's default agent when absent. */
  agent?: string;
}

export interface Decision {
  decision: 'approve' | 'deny';
  from?: string;
  /** Whether `from` is proven by a token of a person, who is not the operator. */
  person?: boolean;
  note?: string;
  scope?: ApprovalScope;
  /** The answer to a question of a tool, by field. */
  content?: Content;
}

export interface Decided {
  session: string;
  approval: string;
  decision: 'approve' | 'deny';
  /** Position of the session when the decision was stored. */
  seq: number;
}

export interface InputOutcome {
  outcome: Outcome;
  /** The agent's last answer; empty when there is none. */
  text: string;
  reason?: string;
}

/** What the open turn has used of its limits; `time` in milliseconds of work up to its last event. */
export interface TurnUse {
  modelCalls: number;
  toolCalls: number;
  tokens: number;
  time: number;
  repeats: number;
}

export interface SessionView extends SessionRow {
  turn: {
    number: number;
    startedAt: number;
    inputs: string[];
    steps: number;
    retryAt: number | null;
    used: TurnUse;
  } | null;
  /** What the turn waits for while there is nothing to do for us. */
  waitsFor: 'retry' | 'approval' | 'child' | null;
  /** Questions to people that wait for an answer, those of the sessions that work for this one too. */
  approvals: ApprovalRow[];
  pending: Extract<Input, { kind: 'message' }>[];
  last: { turn: number; outcome: Outcome; reason?: string } | null;
  quarantine: { reason: string; at: number } | null;
}

export interface TranscriptMessage {
  seq: number;
  at: number;
  role: 'user' | 'assistant' | 'tool' | 'system';
  text: string;
  /** Tool calls of an assistant message. */
  calls?: { call: string; tool: string; input: unknown }[];
  /** Which call a tool message answers, and how that went. */
  call?: string;
  tool?: string;
  outcome?: 'finished' | 'refused' | 'unknown';
  /** A summary: the model is given it in the place of so many earlier messages. */
  replaces?: number;
  input?: string;
}

/** A call that changed the world, may have, or was not let. */
export interface SessionEffect {
  /** Of the event that began or refused it. */
  seq: number;
  call: string;
  tool: string;
  /** `null` when the call was refused: what it would have been is nowhere written. */
  effect: Exclude<Effect, 'read'> | null;
  /** The arguments, without secrets. */
  input: Json;
  /** The idempotency key that the world was given. */
  key: string | null;
  /** How often it was begun or, when it went on outside of the daemon, picked up again. */
  attempts: number;
  startedAt: number | null;
  endedAt: number | null;
  /** `asking`: it has done nothing but ask people, and is made again when they have answered. */
  outcome: 'finished' | 'failed' | 'unknown' | 'refused' | 'running' | 'asking';
  /** Why it was refused. */
  reason?: string;
}

/** `offset` is where `text` starts in the answer of this attempt, so that a client never shows a piece twice. */
export interface Delta {
  type: 'delta';
  step: number;
  attempt: number;
  offset: number;
  text: string;
}

export type Followed = { kind: 'event'; event: Recorded | DamagedRecord } | { kind: 'delta'; delta: Delta };
