import type { HistoryRange, TokenUsage } from '../model/events.ts';
import type { ModelMessage } from '../model/message.ts';
import { estimateTokens, type HistorySize, sumEstimates } from '../model/size.ts';
import type { ContextFeedback, ModelCall, SessionState, Turn } from '../model/state.ts';
import { createSummaryMessage } from './wording.ts';

/** The conversation that the model sees and its size, as messages are added and compacted. */

export type SizedHistory = Pick<SessionState, 'history' | 'size'>;

/** Appends messages. Uses `concat`, which copies a long list at least twice as fast as spreading it. */
export function appendMessages({ history, size }: SizedHistory, messages: ModelMessage[]): SizedHistory {
  const more = sumEstimates(messages);
  return {
    history: history.concat(messages),
    size: { estimate: size.estimate + more, tokens: size.tokens + more },
  };
}

/** Replaces the estimate by the provider's count after an answer; a count of 0 means "unknown" and is ignored. */
export function applyTokenCount(
  { history, size }: SizedHistory,
  usage: TokenUsage | undefined,
): SizedHistory {
  const last = history.at(-1);
  const tokens = usage?.input
    ? usage.input + (usage.output ?? (last ? estimateTokens(last) : 0))
    : size.tokens;
  return { history, size: { ...size, tokens } };
}

/** Replaces a range by a summary. The remaining history takes a proportional share of the former token count. */
export function applySummary(
  { history, size }: SizedHistory,
  { from, count }: HistoryRange,
  summary: string,
): SizedHistory {
  const message = createSummaryMessage(summary);
  const dropped = sumEstimates(history.slice(from, from + count));
  const left = Math.max(0, size.estimate - dropped) + estimateTokens(message);
  return {
    history: [...history.slice(0, from), message, ...history.slice(from + count)],
    size: { estimate: left, tokens: scaleTokens(size, left) },
  };
}

function scaleTokens({ estimate: whole, tokens }: HistorySize, left: number): number {
  return whole === 0 ? left : Math.ceil((tokens * left) / whole);
}

/** Returns the changes of the turn after a compaction. A compaction that saved too little is the last of its turn. */
export function recordCompaction(
  turn: Turn,
  { history }: SizedHistory,
  { from, count }: HistoryRange,
  summary: string,
): Partial<Turn> {
  const dropped = sumEstimates(history.slice(from, from + count));
  const saved = dropped - estimateTokens(createSummaryMessage(summary));
  return {
    call: null,
    began: from < turn.began ? Math.max(from, turn.began - count + 1) : turn.began,
    room: {
      ...turn.room,
      givenUp: saved < dropped / LEAST_SAVING_DIVISOR ? NOTHING_SAVED : turn.room.givenUp,
    },
  };
}

/** A compaction must save at least this fraction (one in 4) of the tokens that it replaces. */
const LEAST_SAVING_DIVISOR = 4;
const NOTHING_SAVED = 'the summary was hardly shorter than the messages that it replaces';

/** Records that the provider refused the prompt of this call as too long. */
export function recordOverflow(
  room: ContextFeedback,
  { piece }: ModelCall,
  { tokens }: HistorySize,
): ContextFeedback {
  if (piece) return { ...room, squeezed: room.squeezed + 1 };
  const ceiling = Math.min(tokens, room.ceiling ?? tokens);
  return { ...room, overflows: room.overflows + 1, ceiling };
}
