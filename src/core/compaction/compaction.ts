import { isSummary } from '../history/wording.ts';
import type { Message } from '../model/message.ts';
import type { CompactionPiece, Room } from '../model/next-action.ts';
import { CHARACTERS_PER_TOKEN, estimate, estimateAll } from '../model/size.ts';
import type { SessionState, Turn } from '../model/state.ts';
import { lineLength } from './prompt.ts';

/** What to compact before the next answer; null when there is room, or nothing is gained by it. */
export function compactionDue(state: SessionState, turn: Turn, room: Room): CompactionPiece | null {
  if (turn.room.givenUp !== null || state.size.tokens <= limitOf(turn, room)) return null;
  return nextPiece(state, turn, room);
}

/**
 * The piece that is compacted next: the oldest messages before the turns that are kept, and when that does not help,
 * what the running turn has done after its first message. A history that is far too long is compacted a piece at a
 * time, each with the summary of what was before it. A call and its results are never parted.
 */
export function nextPiece({ history, size }: SessionState, turn: Turn, room: Room): CompactionPiece | null {
  const { began, room: known } = turn;
  // Once the provider has refused the prompt, every bit counts.
  const forced = known.overflows > 0;
  const scale = Math.max(1, size.tokens) / Math.max(1, size.estimate);
  const limit = limitOf(turn, room) / scale;
  const keep = limit / 2;
  const budget = Math.max(LEAST_BUDGET, Math.floor((limit / 2 ** known.squeezed) * CHARACTERS_PER_TOKEN));
  const regions = [
    { from: 0, to: keptTurns(history, began, keep, room.keepTurns) },
    { from: began + 1, to: keptSteps(history, began + 1, keep, forced) },
  ].filter(({ from, to }) => to - from >= 2);
  const worth = ({ from, to }: Region) => estimateAll(history.slice(from, to)) >= limit / WORTHWHILE;
  const region = regions.find(worth) ?? (forced ? regions[0] : undefined);
  if (!region) return null;
  const { from, to } = region;
  return { from, count: fitting(history, from, to, budget) - from, budget };
}

interface Region {
  from: number;
  to: number;
}

/** The share of the limit that a piece must have, unless it must be made smaller at any price. */
const WORTHWHILE = 10;

/** In characters; a prompt with less is no use. */
const LEAST_BUDGET = 1_000;

/** What a provider has refused in this turn is more than its window, whatever the configuration says. */
function windowOf({ room }: Turn, { window }: Room): number {
  return Math.min(window, room.ceiling ?? window);
}

function limitOf(turn: Turn, room: Room): number {
  return (room.limit / room.window) * windowOf(turn, room);
}

/** Where the latest turns begin that are kept: as many as wanted, as far as they fit; the running one in any case. */
function keptTurns(history: readonly Message[], began: number, keep: number, turns: number): number {
  let first = began;
  let length = estimateAll(history.slice(began));
  let kept = 1;
  for (let index = began - 1; kept < turns; index -= 1) {
    const message = history[index];
    if (!message) break;
    length += estimate(message);
    if (length > keep) break;
    if (!beginsTurn(message, history[index - 1])) continue;
    first = index;
    kept += 1;
  }
  return first;
}

function beginsTurn(message: Message, before: Message | undefined): boolean {
  if (message.role !== 'user' || isSummary(message)) return false;
  return !before || before.role === 'assistant' || isSummary(before);
}

/** Where the latest steps begin that are kept: as far as they fit, and the last one in any case unless `forced`. */
function keptSteps(history: readonly Message[], from: number, keep: number, forced: boolean): number {
  let first = history.length;
  let length = 0;
  for (const [index, message] of [...history.slice(from).entries()].reverse()) {
    length += estimate(message);
    if (message.role === 'tool') continue;
    if (length > keep && (forced || first < history.length)) break;
    first = from + index;
  }
  return first;
}

/** The end of the longest beginning of the region that the budget allows; two messages in any case. */
function fitting(history: readonly Message[], from: number, to: number, budget: number): number {
  let end = from;
  let length = 0;
  for (const [index, message] of history.slice(from, to).entries()) {
    const at = from + index;
    if (message.role !== 'tool' && at - from >= 2) end = at;
    length += lineLength(message, budget);
    if (length > budget && end > from) return end;
  }
  return to;
}
