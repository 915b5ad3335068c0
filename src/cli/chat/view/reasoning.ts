import type { AnswerEntry } from '../../../client/conversation/entries.ts';
import { makeLine, type OutputPiece } from '../../../terminal/pieces/piece.ts';

/**
 * Renders the reasoning of answers as dim lines: each line once it is complete, and the last one when text follows or
 * the answer ends.
 */
export class ReasoningRenderer {
  #key = '';
  /** Length of the reasoning that is on the screen. */
  #shown = 0;

  renderChange(before: AnswerEntry | undefined, after: AnswerEntry): OutputPiece[] {
    if (after.key !== this.#key) [this.#key, this.#shown] = [after.key, 0];
    const { reasoning, text, state } = after;
    const ends = state !== 'running' || text.length > (before?.text.length ?? 0);
    const end = ends ? reasoning.length : reasoning.lastIndexOf('\n') + 1;
    const fresh = reasoning.slice(this.#shown, end);
    this.#shown = Math.max(this.#shown, end);
    const lines = fresh.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => makeLine('dim', `∴ ${line.trim()}`));
  }
}
