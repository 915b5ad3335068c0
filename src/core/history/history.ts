import type { Piece, Usage } from '../model/events.ts';
import type { Message } from '../model/message.ts';
import { estimate, estimateAll, type Size } from '../model/size.ts';
import type { KnownRoom, ModelCall, SessionState, Turn } from '../model/state.ts';
import { summaryMessage } from './wording.ts';

/** The conversation that the model sees and its size, as messages are added and compacted. */

export type History = Pick<SessionState, 'history' | 'size'>;

/** Appends messages. Uses `concat`, which copies a long list at least twice as fast as spreading it. */
export function extended({ history, size }: History, messages: Message[]): History {
  const more = estimateAll(messages);
  return {
    history: history.concat(messages),
    size: { estimate: size.estimate + more, tokens: size.tokens + more },
  };
}

/** Replaces the estimate by the provider's count after an answer; a count of 0 means "unknown" and is ignored. */
export function counted({ history, size }: History, usage: Usage | undefined): History {
  const last = history.at(-1);
  const tokens = usage?.input ? usage.input + (usage.output ?? (last ? estimate(last) : 0)) : size.tokens;
  return { history, size: { ...size, tokens } };
}

/** Replaces a range by a summary. The remaining history takes a proportional share of the former token count. */
export function compacted({ history, size }: History, { from, count }: Piece, summary: string): History {
  const message = summaryMessage(summary);
  const dropped = estimateAll(history.slice(from, from + count));
  const left = Math.max(0, size.estimate - dropped) + estimate(message);
  return {
    history: [...history.slice(0, from), message, ...history.slice(from + count)],
    size: { estimate: left, tokens: shareOf(size, left) },
  };
}

function shareOf({ estimate: whole, tokens }: Size, left: number): number {
  return whole === 0 ? left : Math.ceil((tokens * left) / whole);
}

/** Returns the changes of the turn after a compaction. A compaction that saved too little is the last of its turn. */
export function afterCompaction(
  turn: Turn,
  { history }: History,
  { from, count }: Piece,
  summary: string,
): Partial<Turn> {
  const dropped = estimateAll(history.slice(from, from + count));
  const saved = dropped - estimate(summaryMessage(summary));
  return {
    call: null,
    began: from < turn.began ? Math.max(from, turn.began - count + 1) : turn.began,
    room: { ...turn.room, givenUp: saved < dropped / WORTH ? NOTHING_SAVED : turn.room.givenUp },
  };
}

/** A compaction must save at least this fraction (one in 4) of the tokens that it replaces. */
const WORTH = 4;
const NOTHING_SAVED = 'the summary was hardly shorter than the messages that it replaces';

/** Records that the provider refused the prompt of this call as too long. */
export function afterOverflow(room: KnownRoom, { piece }: ModelCall, { tokens }: Size): KnownRoom {
  if (piece) return { ...room, squeezed: room.squeezed + 1 };
  const ceiling = Math.min(tokens, room.ceiling ?? tokens);
  return { ...room, overflows: room.overflows + 1, ceiling };
}
