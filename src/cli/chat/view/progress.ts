import type { Conversation } from '../../../client/conversation/conversation.ts';
import type { CallEntry } from '../../../client/conversation/entries.ts';
import { makeLine, type OutputPiece } from '../../../terminal/pieces/piece.ts';
import { toOneLine } from '../../../terminal/text.ts';

/** Milliseconds between two lines about the same call, because a screen that only continues shows each one. */
const PAUSE = 2_000;
const WIDTH = 120;

/**
 * Renders how far tool calls are: the arguments that the model writes once they take a while, and what a running tool
 * tells. A call that is requested and done quickly adds no line.
 */
export class ProgressRenderer {
  /** When each call began or was last shown, by its id. */
  readonly #shownAt = new Map<string, number>();

  renderDrafts({ drafts }: Conversation, now: number): OutputPiece[] {
    return drafts.flatMap(({ call, tool, text }) => {
      const due = this.#isDue(call, now);
      return due ? [makeLine('dim', `… writing the arguments of ${tool}: ${text.length} characters`)] : [];
    });
  }

  renderStatus(before: CallEntry | undefined, after: CallEntry, now: number): OutputPiece[] {
    if (after.endedAt !== null) this.#shownAt.delete(after.call);
    const { status, tool, call } = after;
    if (status === null || status === before?.status) return [];
    return this.#isDue(call, now)
      ? [makeLine('dim', `… ${tool ?? 'tool'}: ${toOneLine(status, WIDTH)}`)]
      : [];
  }

  #isDue(call: string, now: number): boolean {
    const last = this.#shownAt.get(call);
    if (last !== undefined && now - last < PAUSE) return false;
    this.#shownAt.set(call, now);
    return last !== undefined;
  }
}
