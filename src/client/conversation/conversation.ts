import type { ConversationEntry, InterruptedStep, QuestionEntry, StepStart, TokenTotals } from './entries.ts';

/**
 * What a user sees of a session: plain data, made from the events and deltas of the session by
 * `evolveConversation`. A client shows `entries` in order; everything else is the state of the session.
 */
export interface Conversation {
  session: string;
  /** Null until the session exists. */
  agent: string | null;
  /** Position of the last event that is part of this; a follower continues after it. */
  seq: number;
  entries: readonly ConversationEntry[];
  turn: OpenTurn | null;
  /** The model call that runs, or ran last; only one that is answering adds text. */
  call: { step: number; attempt: number; phase: ModelCallPhase } | null;
  drafts: readonly CallDraft[];
  /** The latest start of a step, which tells who runs the session. */
  started: StepStart | null;
  /** An interruption whose consequence, such as a retry or a restart, is not known yet. */
  interruption: { what: InterruptedStep; reason: string; restart: boolean } | null;
  /** A restart that is reported with the next step; at most once until the model has answered. */
  restart: { cause: string; tell: boolean } | null;
  restartShown: boolean;
  /** Why the session is set aside; null while it is not. */
  quarantine: string | null;
  /** Of all model calls in `entries` and of those before that were seen. */
  usage: TokenTotals;
}

export type ModelCallPhase = 'answering' | 'compacting' | 'interrupted' | 'ended';

/** A tool call whose arguments the model is still writing; `text` is JSON that is not complete. */
export interface CallDraft {
  call: string;
  tool: string;
  text: string;
}

/** The running turn. `retryAt` is the time of the next attempt while a model call waits for it. */
export interface OpenTurn {
  number: number;
  startedAt: number;
  retryAt: number | null;
  usage: TokenTotals;
}

export const NO_TOKENS: TokenTotals = { input: 0, output: 0, cached: 0 };

/** Creates the conversation of a session of which nothing is known; `seq` is the position to follow from. */
export function createConversation(session: string, seq = 0): Conversation {
  return {
    session,
    agent: null,
    seq,
    entries: [],
    turn: null,
    call: null,
    drafts: [],
    started: null,
    interruption: null,
    restart: null,
    restartShown: false,
    quarantine: null,
    usage: NO_TOKENS,
  };
}

/** Appends an entry. */
export function addEntry(view: Conversation, entry: ConversationEntry): Conversation {
  return { ...view, entries: [...view.entries, entry] };
}

type EntryOf<K extends ConversationEntry['kind']> = Extract<ConversationEntry, { kind: K }>;

/** Finds the entry of a kind by the last part of its key, latest first. */
export function findEntry<K extends ConversationEntry['kind']>(
  view: Conversation,
  kind: K,
  name: string,
): EntryOf<K> | undefined {
  const key = `${kind}:${name}`;
  return view.entries.findLast((entry): entry is EntryOf<K> => entry.kind === kind && entry.key === key);
}

/** Replaces an entry that the conversation has; an unchanged one leaves the conversation as it is. */
export function replaceEntry(view: Conversation, entry: ConversationEntry): Conversation {
  const index = view.entries.findLastIndex(({ key }) => key === entry.key);
  return index < 0 ? view : { ...view, entries: view.entries.with(index, entry) };
}

/** Lists the open approvals and elicitations in the order in which they were asked. */
export function listOpenQuestions(view: Conversation): QuestionEntry[] {
  return view.entries.filter((entry) => entry.kind === 'question').filter(({ state }) => state === 'open');
}
