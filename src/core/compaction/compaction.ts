import { isSummary } from '../history/wording.ts';
import type { ModelMessage } from '../model/message.ts';
import type { CompactionRange, ContextBudget } from '../model/next-action.ts';
import { CHARACTERS_PER_TOKEN, estimateTokens, sumEstimates } from '../model/size.ts';
import type { SessionState, Turn } from '../model/state.ts';
import { measureLine } from './prompt.ts';

/** Returns the range to compact before the next answer; null when it fits or compacting saves too little. */
export function findDueCompaction(
  state: SessionState,
  turn: Turn,
  room: ContextBudget,
): CompactionRange | null {
  if (turn.room.givenUp !== null || state.size.tokens <= getEffectiveLimit(turn, room)) return null;
  return selectCompactionRange(state, turn, room);
}

/**
 * Returns the range that is compacted next: the oldest messages before the kept turns or, when that is not enough, the
 * steps of the running turn after its first message. A history that is far too long is compacted in several ranges,
 * each together with the summary of the messages before it. A call and its results stay together.
 */
export function selectCompactionRange(
  { history, size }: SessionState,
  turn: Turn,
  room: ContextBudget,
): CompactionRange | null {
  const { began, room: known } = turn;
  // Once the provider has refused the prompt, even a small saving helps.
  const forced = known.overflows > 0;
  const scale = Math.max(1, size.tokens) / Math.max(1, size.estimate);
  const limit = getEffectiveLimit(turn, room) / scale;
  const keep = limit / 2;
  const budget = Math.max(LEAST_BUDGET, Math.floor((limit / 2 ** known.squeezed) * CHARACTERS_PER_TOKEN));
  const regions = [
    { from: 0, to: findKeptTurns(history, began, keep, room.keepTurns) },
    { from: began + 1, to: findKeptSteps(history, began + 1, keep, forced) },
  ].filter(({ from, to }) => to - from >= 2);
  const worth = ({ from, to }: Region) => sumEstimates(history.slice(from, to)) >= limit / WORTHWHILE_DIVISOR;
  const region = regions.find(worth) ?? (forced ? regions[0] : undefined);
  if (!region) return null;
  const { from, to } = region;
  return { from, count: findFittingEnd(history, from, to, budget) - from, budget };
}

interface Region {
  from: number;
  to: number;
}

/** A range must have at least this fraction (one in 10) of the limit, unless the provider has refused the prompt. */
const WORTHWHILE_DIVISOR = 10;

/** The minimum length of a summary prompt in characters; a shorter one could not hold enough to summarise. */
const LEAST_BUDGET = 1_000;

/** Returns the context window in tokens, lowered to what the provider refused in this turn. */
function getEffectiveWindow({ room }: Turn, { window }: ContextBudget): number {
  return Math.min(window, room.ceiling ?? window);
}

function getEffectiveLimit(turn: Turn, room: ContextBudget): number {
  return (room.limit / room.window) * getEffectiveWindow(turn, room);
}

/** Returns the index of the first kept turn: at most `turns` turns, as far as they fit, and always the running one. */
function findKeptTurns(history: readonly ModelMessage[], began: number, keep: number, turns: number): number {
  let first = began;
  let length = sumEstimates(history.slice(began));
  let kept = 1;
  for (let index = began - 1; kept < turns; index -= 1) {
    const message = history[index];
    if (!message) break;
    length += estimateTokens(message);
    if (length > keep) break;
    if (!beginsTurn(message, history[index - 1])) continue;
    first = index;
    kept += 1;
  }
  return first;
}

function beginsTurn(message: ModelMessage, before: ModelMessage | undefined): boolean {
  if (message.role !== 'user' || isSummary(message)) return false;
  return !before || before.role === 'assistant' || isSummary(before);
}

/** Returns the index of the first kept step: as many as fit, and always the last one unless `forced`. */
function findKeptSteps(
  history: readonly ModelMessage[],
  from: number,
  keep: number,
  forced: boolean,
): number {
  let first = history.length;
  let length = 0;
  for (const [index, message] of [...history.slice(from).entries()].reverse()) {
    length += estimateTokens(message);
    if (message.role === 'tool') continue;
    if (length > keep && (forced || first < history.length)) break;
    first = from + index;
  }
  return first;
}

/** Returns the end of the longest start of the region that fits the budget, at least two messages. */
function findFittingEnd(history: readonly ModelMessage[], from: number, to: number, budget: number): number {
  let end = from;
  let length = 0;
  for (const [index, message] of history.slice(from, to).entries()) {
    const at = from + index;
    if (message.role !== 'tool' && at - from >= 2) end = at;
    length += measureLine(message, budget);
    if (length > budget && end > from) return end;
  }
  return to;
}
