import type { InquiryBody } from '../../protocol/inquiries.ts';
import type { ShownFile } from './files.ts';
import type { WireEventOf } from './item.ts';

/** One thing in a conversation that a user sees. An entry keeps its place and its key while its state changes. */
export type ConversationEntry =
  | MessageEntry
  | AnswerEntry
  | CallEntry
  | QuestionEntry
  | NoticeEntry
  | EndingEntry;

interface EntryBase {
  /** Unique within the conversation, such as `call:3.1`. */
  key: string;
  /** Time of the event that added the entry, in milliseconds since the epoch; null when it is not known. */
  at: number | null;
}

/**
 * How far a message has come: `sending` has not reached the daemon, `stored` is on disk, `working` is part of the
 * running turn; then its outcome, or `refused` when the daemon never accepted it. `ended`: the message has an outcome
 * that this client has not loaded, because it joined the session later.
 */
export type MessageProgress = 'sending' | 'stored' | 'working' | 'ended' | 'refused' | TurnOutcome;

export type TurnOutcome = WireEventOf<'turn_finished'>['outcome'];

export interface MessageEntry extends EntryBase {
  kind: 'message';
  id: string;
  text: string;
  files: readonly ShownFile[];
  from: string | null;
  /** Whether this client sent it. */
  own: boolean;
  state: MessageProgress;
  /** Why it has no answer; null while that is open or when it was answered. */
  reason: string | null;
}

/** What one attempt of a model call has said. An interrupted attempt keeps the text that had arrived. */
export interface AnswerEntry extends EntryBase {
  kind: 'answer';
  step: number;
  attempt: number;
  text: string;
  /** Empty where the provider does not show it. */
  reasoning: string;
  files: readonly ShownFile[];
  state: 'running' | 'finished' | 'interrupted';
}

export type CallProgress =
  | 'requested'
  | 'running'
  | 'asking'
  | 'interrupted'
  | 'finished'
  | 'failed'
  | 'refused'
  | 'unknown'
  | 'cancelled';

export interface CallEntry extends EntryBase {
  kind: 'call';
  call: string;
  /** Null when the request of the call was not seen; then `input` is absent too. */
  tool: string | null;
  input?: unknown;
  /** The limit that the turn has reached, when the question is whether it may continue. Example: `turnModelCalls`. */
  limit?: string;
  state: CallProgress;
  /** The tool's output as text, or the reason why there is none; null before the end. */
  result: string | null;
  files: readonly ShownFile[];
  /** Progress in the words of the tool, while it runs; null when it has not told any. */
  status: string | null;
  endedAt: number | null;
  /** The latest start: its attempt, and the generation and revision that ran it. Null before the first start. */
  started: StepStart | null;
}

/** When a step started, in which generation and under which configuration revision. */
export interface StepStart {
  at: number;
  attempt: number;
  generation: number;
  revision: number;
}

/** An approval or elicitation. */
export interface QuestionEntry extends EntryBase {
  kind: 'question';
  approval: string;
  /** The session in which it must be decided; null for the followed one. */
  session: string | null;
  /** The call of the followed session that the question belongs to; null when that is not known. */
  call: string | null;
  /** Null when the request of the call was not seen; then `input` is absent too. */
  tool: string | null;
  input?: unknown;
  /** The limit that the turn has reached, when the question is whether it may continue. Example: `turnModelCalls`. */
  limit?: string;
  rule: string;
  /** The tool's question; null when a permission rule requires an approval. */
  inquiry: InquiryBody | null;
  state: 'open' | WireEventOf<'approval_resolved'>['decision'];
  from: string | null;
  note: string | null;
  scope: WireEventOf<'approval_resolved'>['scope'] | null;
}

/**
 * Something that happened to the session: another process resumed it (`restart`), a step was interrupted for another
 * reason (`interruption`) or is tried again later (`retry`), its history was summarised (`compaction`), it was set
 * aside (`quarantine`), a record cannot be read (`damage`), or a newer daemon recorded an event of an unknown type.
 */
export type Notice =
  | { notice: 'restart'; cause: string; interrupted: boolean }
  | { notice: 'interruption'; what: InterruptedStep; reason: string }
  | { notice: 'retry'; after: { what: InterruptedStep; reason: string } | null; until: number }
  | { notice: 'compaction' }
  | { notice: 'quarantine'; reason: string }
  | { notice: 'damage'; reason: string }
  | { notice: 'note'; text: string }
  | { notice: 'unknown'; type: string };

export type InterruptedStep = 'model' | 'tool';

export type NoticeEntry = EntryBase & { kind: 'notice' } & Notice;

/** The end of a turn, or of messages that never had one; then `turn` is null. */
export interface EndingEntry extends EntryBase {
  kind: 'ending';
  turn: number | null;
  inputs: readonly string[];
  outcome: TurnOutcome;
  reason: string | null;
  usage: TokenTotals;
}

/** Tokens by the providers' own counts; calls whose provider reports none count as 0. */
export interface TokenTotals {
  input: number;
  output: number;
  cached: number;
}
