import type { ApprovalGrant, GrantKey } from '../core/approvals/grants.ts';
import type { ElicitationContent } from '../core/model/elicitation.ts';
import type {
  ApprovalScope,
  Effect,
  Input,
  MessageMode,
  Outcome,
  RecordedEvent,
} from '../core/model/events.ts';
import type { FilePart, Json } from '../core/model/message.ts';
import type { SessionStatus } from '../core/model/state.ts';
import type { ApprovalQuery, ApprovalRow } from '../journal/approvals.ts';
import type { StoredBlob } from '../journal/blobs.ts';
import type { RecentQuery, SessionQuery, SessionRow } from '../journal/catalog.ts';
import type { DamagedRecord, FeedEvent, FeedQuery, FeedSlice } from '../journal/event-log.ts';
import type { InputReceipt } from '../journal/inbox.ts';
import type { NewFile } from '../journal/store-file.ts';
import type { UsageReport, UsageRequest } from './usage/usage.ts';

/**
 * Interface to sessions for HTTP, the command line and channels. They know the engine only through it, so
 * another engine can replace the embedded one. Every method rejects only with a MidturnError.
 */
export interface Sessions {
  /** Name of the store; the first half of a client's position. */
  readonly store: string;
  /**
   * Stores a message and resolves when it and its files are on disk. Creates the session if needed. Rejects with
   * BlobNotFoundError when a file that it names is not stored.
   */
  sendMessage(session: string, message: NewMessage): Promise<InputReceipt>;
  /**
   * Stores a file, for messages to refer to; it is on disk when this resolves. Rejects with AttachmentTooLargeError;
   * then nothing is stored. A file that no message refers to is removed after a day.
   */
  storeFile(file: NewFile): Promise<StoredBlob>;
  /** Opens a file of a session for reading; rejects with BlobNotFoundError and SessionNotFoundError. */
  openFile(session: string, blob: string): Promise<OpenFile>;
  /**
   * Cancels every input that was accepted earlier and has no outcome yet; resolves when the cancel is on
   * disk.
   */
  cancelInputs(session: string, by: { id?: string; from?: string; reason?: string }): Promise<InputReceipt>;
  /** Waits for the final outcome of an input; resolves with `undefined` when `signal` aborts first. */
  waitForOutcome(
    session: string,
    input: string,
    after: number,
    signal: AbortSignal,
  ): Promise<InputOutcome | undefined>;
  /**
   * Decides an approval or answers an elicitation; resolves when the decision is on disk. Rejects with
   * ApprovalNotFoundError, ApprovalClosedError (decided, expired or no longer needed), NotAnApproverError,
   * OperatorOnlyError, or an error about the answer; then nothing has changed.
   */
  decideApproval(session: string, approval: string, decision: NewDecision): Promise<StoredDecision>;
  /** Lists approvals and elicitations, newest first. */
  listApprovals(query: ApprovalQuery): Promise<ApprovalRow[]>;
  /** Returns one approval or elicitation; rejects with ApprovalNotFoundError. */
  getApproval(id: string): Promise<ApprovalRow>;
  listGrants(): Promise<ApprovalGrant[]>;
  /**
   * Revokes a grant, from the next call on in every generation; resolves with false when there is no such
   * grant.
   */
  revokeGrant(grant: GrantKey): Promise<boolean>;
  /** Lifts the quarantine of a session; resolves when that is on disk. */
  releaseSession(session: string, by: { id?: string; from?: string }): Promise<InputReceipt>;
  viewSession(session: string): Promise<SessionView>;
  /** Lists sessions in the order of their ids. */
  list(query: SessionQuery): Promise<SessionRow[]>;
  /** Adds up what model calls used and cost. */
  reportUsage(request: UsageRequest): Promise<UsageReport>;
  /** Lists sessions by their last change, newest first. */
  listRecentSessions(query: RecentQuery): Promise<SessionRow[]>;
  countByStatus(): Promise<Record<SessionStatus, number>>;
  /** Returns why the store takes no writes now, as a sentence; null when it does. Never rejects. */
  findStoreFault(): Promise<string | null>;
  /** Lists at most `limit` waiting sessions with the reason why each waits. */
  listWaiting(limit: number): Promise<WaitingSession[]>;
  readTranscript(session: string, after: number, limit: number): Promise<TranscriptMessage[]>;
  /** Lists the session's calls that changed the world or were refused, after the position `after`. */
  readEffects(session: string, after: number, limit: number): Promise<SessionEffect[]>;
  readEvents(session: string, after: number, limit: number): Promise<(RecordedEvent | DamagedRecord)[]>;
  /** Reads the events of all sessions that the reader may see, in the order in which they were stored. */
  readFeed(request: FeedRequest): Promise<FeedSlice>;
  /** Resolves with the position of the last event of all sessions; 0 when there is none. */
  findFeedEnd(): Promise<number>;
  /** Yields the events of all sessions after a position, once and in order, then new events as they come. */
  followFeed(request: Omit<FeedRequest, 'limit'>, signal: AbortSignal): AsyncIterable<FollowedFeed>;
  /**
   * Yields every event after `after`, once and in order, then new events as they come, with deltas in
   * between. A slow reader holds at most one page of events; deltas that it does not take in time are
   * dropped.
   */
  followSession(session: string, after: number, signal: AbortSignal): AsyncIterable<Followed>;
}

export interface WaitingSession {
  session: string;
  waitsFor: 'retry' | 'approval' | 'child';
  /**
   * When the model is called again, in milliseconds since the epoch; null when the session waits for
   * something else.
   */
  retryAt: number | null;
  /** The limit that the turn has reached, when an approver decides whether it may continue. */
  limit?: string;
}

/** A message is a text, or texts and files in their order. */
export type NewMessage = NewMessageFields & ({ text: string } | { content: readonly NewPart[] });

/** A part of a new message: a text, a stored file by its id, or a file with its bytes. */
export type NewPart =
  | { type: 'text'; text: string }
  | { type: 'file'; blob: string }
  | ({ type: 'file' } & NewFile & { data: Uint8Array });

/** A stored file that a client downloads. */
export interface OpenFile extends StoredBlob {
  /** Yields the bytes in pieces. Ends early when the blob is removed meanwhile. */
  read(): AsyncIterable<Uint8Array>;
}

interface NewMessageFields {
  /** Deduplicates retries; a random id is used when absent. */
  id?: string;
  /** Default `steer`. */
  mode?: MessageMode;
  from?: string;
  /** Latest start, in milliseconds since the epoch; a message that has not started by then ends as `expired`. */
  deadline?: number;
  /** Agent of a session that this message creates; the configuration's default agent when absent. */
  agent?: string;
}

export interface NewDecision {
  decision: 'approve' | 'deny';
  from?: string;
  /** Whether a token proves the name in `from`, and it belongs to a person who is not an operator. */
  person?: boolean;
  note?: string;
  scope?: ApprovalScope;
  /** Answer to an elicitation, by field. */
  content?: ElicitationContent;
}

export interface StoredDecision {
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
  /** Files of the last answer; absent when it has none. */
  files?: FilePart[];
  reason?: string;
}

/** What the open turn has used of its limits; `time` is milliseconds of work up to the turn's last event. */
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
  /** Reason why the turn cannot continue now; null when it can. */
  waitsFor: 'retry' | 'approval' | 'child' | null;
  /** Open approvals and elicitations, including those of the sessions that work for this one. */
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
  /** Absent when the message has none. */
  files?: FilePart[];
  /** Tool calls of an assistant message. */
  calls?: { call: string; tool: string; input: unknown }[];
  /** The call that a tool message answers, its tool and its outcome. */
  call?: string;
  tool?: string;
  outcome?: 'finished' | 'refused' | 'unknown';
  /** On a summary: the number of earlier messages that it replaces for the model. */
  replaces?: number;
  input?: string;
}

/** A call that changed the world, may have changed it, or was refused. */
export interface SessionEffect {
  /** Position of the event that started or refused the call. */
  seq: number;
  call: string;
  tool: string;
  /** Null for a refused call, because the journal does not record what its effect would have been. */
  effect: Exclude<Effect, 'read'> | null;
  /** Arguments of the call, without secrets. */
  input: Json;
  /** Idempotency key that the tool passed on; null when the call never ran. */
  key: string | null;
  /** Number of starts; for work that continues outside the daemon, every resumption counts too. */
  attempts: number;
  startedAt: number | null;
  endedAt: number | null;
  /** `asking`: the call has only asked questions, and is made again once they are answered. */
  outcome: 'finished' | 'failed' | 'unknown' | 'refused' | 'running' | 'asking';
  /** Why the call was refused. */
  reason?: string;
}

/**
 * A piece of what a running step produces:
 *   1. `text`: text of the answer; `offset` is where it starts within the answer text of this attempt.
 *   2. `reasoning`: reasoning of the model; `offset` is where it starts within the reasoning of this attempt.
 *   3. `tool_input`: JSON of the arguments of a call that the model is writing; `offset` is where it starts within
 *      the arguments of that call.
 *   4. `tool_status`: the progress of a running call in the tool's own words; it replaces the status before it, so
 *      `offset` is 0.
 * With the offset, a client never shows a piece twice.
 */
export type Delta = { type: 'delta'; step: number; attempt: number; offset: number; text: string } & (
  | { kind: 'text' | 'reasoning' }
  | { kind: 'tool_input'; call: string; tool: string }
  | { kind: 'tool_status'; call: string }
);

export type Followed =
  | { kind: 'event'; event: RecordedEvent | DamagedRecord }
  | { kind: 'delta'; delta: Delta };

/** Decides whether the reader of a feed may see the events of a session. */
export type MayRead = (about: { session: string; agent: string }) => boolean;

export interface FeedRequest extends FeedQuery {
  /** Events of other sessions are left out; every session may be read when it is absent. */
  mayRead?: MayRead;
}

/**
 * An item of a followed feed. `position` says that the follower has come so far without an event for it, so that it
 * resumes there.
 */
export type FollowedFeed = { kind: 'event'; item: FeedEvent } | { kind: 'position'; position: number };
