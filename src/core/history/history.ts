import type { Piece, Usage } from '../model/events.ts';
import type { Message } from '../model/message.ts';
import { estimate, estimateAll, type Size } from '../model/size.ts';
import type { KnownRoom, ModelCall, SessionState, Turn } from '../model/state.ts';
import { summaryMessage } from './wording.ts';

/** How the conversation that the model sees grows and shrinks, and what is known of its size. */

export type History = Pick<SessionState, 'history' | 'size'>;

/** `concat` copies a long list in half the time that spreading it takes, or less. */
export function extended({ history, size }: History, messages: Message[]): History {
  const more = estimateAll(messages);
  return {
    history: history.concat(messages),
    size: { estimate: size.estimate + more, tokens: size.tokens + more },
  };
}

/** After an answer: what the provider counted takes the place of what we believed. Some report 0 for "unknown". */
export function counted({ history, size }: History, usage: Usage | undefined): History {
  const last = history.at(-1);
  const tokens = usage?.input ? usage.input + (usage.output ?? (last ? estimate(last) : 0)) : size.tokens;
  return { history, size: { ...size, tokens } };
}

/** With a summary in the place of a piece. What is left takes its share of the tokens that all of it took. */
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

/** What the turn knows after a compaction. One that saved hardly anything is the last one of its turn. */
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

const WORTH = 4;
const NOTHING_SAVED = 'the summary was hardly shorter than what it stands for';

/** What a turn knows after the provider has found the prompt of this call too long. */
export function afterOverflow(room: KnownRoom, { piece }: ModelCall, { tokens }: Size): KnownRoom {
  if (piece) return { ...room, squeezed: room.squeezed + 1 };
  const ceiling = Math.min(tokens, room.ceiling ?? tokens);
  return { ...room, overflows: room.overflows + 1, ceiling };
}
